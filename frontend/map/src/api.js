// What the page asks of the hub.

/** An answer that is no success. */
export class ApiError extends Error {
  constructor (status, { code = '', message = '' } = {}) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Returns the JSON at a path. Without a session the browser is led to the login. */
export async function get (path, parameters = {}, signal) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) if (one !== null && one !== undefined) query.append(name, one)
  }
  const answer = await fetch(`${path}${query.size ? `?${query}` : ''}`, { signal })
  return contentOf(answer)
}

/** Sends a change, and returns what the hub answers; true where that is nothing. */
export async function send (method, path, body) {
  const answer = await fetch(path, {
    method, body: body && JSON.stringify(body), headers: body ? { 'Content-Type': 'application/json' } : {}
  })
  return answer.status === 204 || contentOf(answer)
}

async function contentOf (answer) {
  if (answer.status === 401) logIn()
  if (!answer.ok) throw new ApiError(answer.status, (await answer.json().catch(() => ({}))).error)
  return answer.json()
}

function logIn () {
  location.assign(`/login?next=${location.pathname}${location.search}`)
}
