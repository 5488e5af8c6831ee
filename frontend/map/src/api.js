// What the page asks of the hub.

/** An answer that is no success. */
export class ApiError extends Error {
  constructor (status, code) {
    super(code)
    this.status = status
  }
}

/** Returns the JSON at a path. Without a session the browser is led to the login. */
export async function get (path, parameters = {}, signal) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) if (one !== null && one !== undefined) query.append(name, one)
  }
  const answer = await fetch(`${path}${query.size ? `?${query}` : ''}`, { signal })
  if (answer.status === 401) logIn()
  if (!answer.ok) throw new ApiError(answer.status, (await answer.json().catch(() => ({}))).error?.code ?? '')
  return answer.json()
}

function logIn () {
  location.assign(`/login?next=${location.pathname}${location.search}`)
}
