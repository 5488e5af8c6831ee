// The page of a share link: what it shows on a map. The link's token is what follows the # of the address, which a
// browser sends to nobody.
import './colours.css'
import './shared.css'
import { ApiError } from './api.js'
import { dayOf } from './days.js'
import { clock, dayName, distance, duration, stretch } from './formats.js'
import { colourOfMode, onTheme } from './palette.js'
import { SharedMap } from './shared_map.js'
import { fillTexts, language, text } from './texts.js'

const AGAIN_MS = 10_000
const id = name => document.getElementById(name)

let map = null
let isMoved = false

/** Returns what the link shows. Throws where it is not valid, or the hub does not answer. */
async function shared () {
  const answer = await fetch('/v1/shared', { headers: { Authorization: `Bearer ${location.hash.slice(1)}` } })
  if (!answer.ok) throw new ApiError(answer.status)
  return answer.json()
}

/** Shows what the link shows by now, and asks again until it is not valid any more. */
async function follow () {
  if (!document.hidden) {
    try {
      show(await shared())
    } catch (error) {
      if (error.status === 401) return end()
      if (!isMoved) complain(text('away'))
    }
  }
  setTimeout(follow, AGAIN_MS)
}

function show (content) {
  const { name, moves, cells, precision_m: precision, zone, expires_at: expires } = content
  const spans = [...moves.map(({ starts, ends }) => [starts, ends]), ...cells.map(({ first_time: first, last_time: last }) => [first, last])]
  complain('')
  id('shown').hidden = false
  set('name', name)
  document.title = `${name} · IoT Personal Hub`
  set('until', text('shared_until', { time: `${dayName(dayOf(new Date(expires), zone), 'short')}, ${clock(new Date(expires), zone)}` }))
  if (content.year) return showYear(content.year)
  if (content.arrival) return showArrival(content.arrival, zone)
  set('when', spans.length ? whenOf(spans, zone) : '')
  set('figures', moves.length ? `${distance(sum(moves))} · ${duration(moves.reduce((all, move) => all + secondsOf(move), 0))}` : '')
  showLegs(moves)
  set('note', text(spans.length ? precision ? `shared_${precision}` : 'shared_parts' : 'shared_nothing'))
  id('note').hidden = spans.length > 0 && !precision && !hasHoles(moves)
  map?.show(moves, cells, { move: !isMoved })
  isMoved ||= spans.length > 0
}

/** Shows where a device is, and when it is expected. */
function showArrival ({ destination, latitude, longitude, location_time: at, expected_at: expected, arrived_at: arrived }, zone) {
  const when = arrived ?? expected
  id('towards').hidden = false
  set('towards', text('towards', { destination }))
  set('figures', text(arrived ? 'arrived' : expected ? 'arrives' : 'arrival_unknown', { time: when && timeOf(new Date(when), zone) }))
  set('when', at ? text('position_of', { time: timeOf(new Date(at), zone) }) : '')
  set('note', at ? '' : text('shared_nothing'))
  id('note').hidden = Boolean(at)
  const dots = at ? [{ latitude, longitude }] : []
  // As near as the towns around it are seen.
  map?.show([], dots, { move: !isMoved, maxZoom: 9 })
  if (at && isMoved) map?.keepInView([longitude, latitude])
  isMoved ||= dots.length > 0
}

/** Shows where a year's trips led, and how far. */
function showYear ({ squares, modes, countries }) {
  set('figures', distance(1000 * modes.reduce((all, { km }) => all + km, 0)))
  showItems(modes.map(({ mode, km }) => [colourOfMode(mode), `${text(mode)} · ${distance(1000 * km)}`]))
  const names = new Intl.DisplayNames(language, { type: 'region' })
  set('when', countries.map(code => countryOf(names, code)).join(', '))
  set('note', text(squares.length ? 'shared_year' : 'shared_nothing'))
  id('note').hidden = false
  map?.showSquares(squares, { move: !isMoved })
  isMoved ||= squares.length > 0
}

/** Returns a country's name; its code where the browser does not know it. */
function countryOf (names, code) {
  try {
    return names.of(code)
  } catch {
    return code
  }
}

/** Returns a time of today, or with its day. */
function timeOf (instant, zone) {
  const day = dayOf(instant, zone)
  return day === dayOf(new Date(), zone) ? clock(instant, zone) : `${dayName(day, 'short')}, ${clock(instant, zone)}`
}

function showLegs (moves) {
  showItems(moves.map(move => [
    colourOfMode(move.mode), `${text(move.mode ?? 'unknown')} · ${distance(move.distance_m)} · ${duration(secondsOf(move))}`
  ]))
}

/** Lists lines with their colours, where they are others than before. */
function showItems (items) {
  const key = JSON.stringify(items)
  if (id('legs').dataset.key === key) return
  id('legs').dataset.key = key
  id('legs').replaceChildren(...items.map(([colour, line]) => {
    const item = document.createElement('li')
    item.style.setProperty('--colour', colour)
    item.textContent = line
    return item
  }))
}

/** Changes a text only where it is another, so that nothing is read out again. */
function set (name, what) {
  if (id(name).textContent !== what) id(name).textContent = what
}

/** Returns from when to when something was shared. */
function whenOf (spans, zone) {
  const instants = spans.flat().map(time => Date.parse(time))
  return stretch(new Date(Math.min(...instants)), new Date(Math.max(...instants)), zone)
}

const secondsOf = ({ starts, ends }) => (Date.parse(ends) - Date.parse(starts)) / 1000
const sum = moves => moves.reduce((all, { distance_m: metres }) => all + metres, 0)

/** Returns whether a time is missing between legs. */
const hasHoles = moves => moves.some(({ starts }, index) => index > 0 && starts !== moves[index - 1].ends)

/** Shows that the link is not valid: one text, whatever the reason. */
function end () {
  id('shown').hidden = true
  map?.show([], [], { move: false })
  map?.showSquares([], { move: false })
  complain(text('shared_invalid'))
}

function complain (what) {
  id('problem').textContent = what
  id('problem').hidden = !what
}

fillTexts()
try {
  map = new SharedMap(id('map'))
} catch {
  id('map').textContent = text('no_webgl_shared')
}
onTheme(() => map?.restyle())
addEventListener('hashchange', () => location.reload())
follow()
