// What the page asks of the hub.

/** An answer that is no success. */
export class ApiError extends Error {
  constructor (status, { code = '', message = '' } = {}) {
    super(message)
    this.status = status
    this.code = code
  }
}

let view = null
let logIn = () => location.assign(`/login?next=${location.pathname}${location.search}`)

/** Has all that is asked for be what others see, where the view is `published`. */
export const askForView = asked => { view = asked }

/** Calls a function in place of leading the browser to the login, where there is no session. */
export const whenLoggedOut = run => { logIn = run }

/** Returns parameters as a query, with the view. */
export function queryOf (parameters) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...parameters, view })) {
    for (const one of [value].flat()) if (one !== null && one !== undefined) query.append(name, one)
  }
  return query.size ? `?${query}` : ''
}

/** Returns the JSON at a path. Without a session the browser is led to the login. */
export async function get (path, parameters = {}, signal) {
  const answer = await fetch(path + queryOf(parameters), { signal })
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
