// What is looked at: day, device, colours, range, and whose view: that of others is `published`. The address has it, so that a link shows the same.

const KEYS = ['day', 'device', 'colour', 'from', 'to', 'lang', 'view']

/** Returns what the address says. */
export function readView () {
  const query = new URLSearchParams(location.search)
  return Object.fromEntries(KEYS.map(key => [key, query.get(key) || null]))
}

/** Writes a view into the address; a new day is a step that the browser's button takes back. */
export function writeView (view, { step = false } = {}) {
  const query = new URLSearchParams()
  for (const key of KEYS) if (view[key]) query.set(key, view[key])
  const address = `${location.pathname}?${query}${location.hash}`
  if (step) history.pushState(null, '', address)
  else history.replaceState(null, '', address)
}
