// The map alone, in a frame of the dashboard's pages: a device's trips and stays in a range of time. The page around it says what
// is shown by the messages of Streamlit's components; without one the address does, as that of the map page.
import './frame.css'
import { askForView, get, queryOf, whenLoggedOut } from './api.js'
import { dayOf, shifted, startOf } from './days.js'
import { distance, shortDay, stretch } from './formats.js'
import { showLegend } from './legend.js'
import { regionOpened } from './base_map.js'
import { JourneysMap } from './map.js'
import { chooseTheme } from './palette.js'
import { fillTexts, language, plural, text } from './texts.js'
import { readView } from './view.js'

const RETRY_MS = 5_000
const EMPTY = { type: 'FeatureCollection', features: [] }
const id = name => document.getElementById(name)

let view = {}
let zone = 'UTC'
let days = []
let map = null
let request = 0

const instant = (value, isEnd) => value?.includes('T') ? value : value && startOf(shifted(value, isEnd ? 1 : 0), zone).toISOString()
const range = () => ({ from: instant(view.from, false), to: instant(view.to, true) })
const tiles = kind => `${location.origin}/v1/tiles/${kind}/{z}/{x}/{y}${queryOf({ device: view.device, ...range() })}`
const look = () => ({
  tiles, colour: view.way ? 'way' : 'mode', ...view.way && { span: view.way.span, unit: view.way.unit }, devices: [], isDay: false,
  bounds: view.bounds ?? undefined
})

/** Shows a device in a range: `from` and `to` are days, the last included, or instants. Asked for again it brings what is new. */
async function show (asked) {
  const mine = ++request
  const isMoved = JSON.stringify(asked.bounds) !== JSON.stringify(view.bounds) || asked.device !== view.device
  const isOther = isMoved || ['from', 'to', 'view'].some(key => asked[key] !== view[key]) || asked.way?.name !== view.way?.name
  view = asked
  askForView(view.view)
  // What is drawn needs only the owner's zone of it, and that only where the range is days.
  const overview = loadDays()
  if (!map && !(view.from?.includes('T'))) await overview
  if (mine !== request) return
  if (map && isMoved && view.bounds) map.showWhole(view.bounds)
  if (!map) draw()
  else if (isOther) map.show(look())
  map?.showTrack(view.track ?? EMPTY)
  if (view.way) map?.showSteps(view.way.steps, view.way.span)
  if (map && !map.hasView) await moveToJourneys()
  linkToMap()
  const before = JSON.stringify(days)
  await Promise.all([overview, showPosition()])
  if (mine !== request) return
  if (!isOther && JSON.stringify(days) !== before) map?.reload()
  summarize()
}

function draw () {
  try {
    map = new JourneysMap(id('map'), look(), {}, () => {}, modes => showLegend(look(), { modes }), { tellTrip })
    map.onMove(linkToMap)
  } catch {
    // The empty canvas of a map that could not be drawn would cover the alert.
    id('map').replaceChildren()
  }
}

/** Moves to what is drawn, where neither the page around it nor the address says what part of the map to show. */
async function moveToJourneys () {
  if (!view.device || !view.from || !view.to) return
  map.moveTo((await get(`/v1/devices/${view.device}/journeys`, range())).journeys)
}

async function loadDays () {
  ({ days, zone } = await get('/v1/journeys/days', { device: view.device }))
}

/** Marks where the device is now, where that is in the range. */
async function showPosition () {
  if (!view.device) return
  const { location } = await get(`/v1/devices/${view.device}/last`).catch(() => ({}))
  const { from, to } = range()
  const at = Date.parse(location?.time)
  const isShown = location && !(at < Date.parse(from)) && !(at >= Date.parse(to))
  map?.showNow(isShown ? [{ ...location, name: '' }] : [])
}

const tellTrip = ({ mode, starts, ends, kmh }) => [
  text(mode), stretch(new Date(starts * 1000), new Date(ends * 1000), zone), text('kmh', { speed: kmh })
].join(' · ')

/** Returns the range as days, the last included. */
function span () {
  const { from, to } = range()
  return [from && dayOf(new Date(from), zone), to && dayOf(new Date(Date.parse(to) - 1), zone)]
}

/** Leads to the whole page at the same view. */
function linkToMap () {
  const [from, to] = span()
  id('open').href = `/map${queryOf({ device: view.device, from, to, lang: language })}${map?.hash ?? ''}`
}

/** Says in words what is drawn. */
function summarize () {
  const [from, to] = span()
  const within = days.filter(({ day }) => !(day < from) && !(day > to))
  const trips = within.reduce((sum, day) => sum + day.trips, 0)
  const metres = within.reduce((sum, day) => sum + (day.distance_m ?? 0), 0)
  const when = from && to ? [`${shortDay(from)} – ${shortDay(to)}`] : []
  const summary = [trips ? plural('trips', trips) : text('no_trips'), ...trips ? [distance(metres)] : [], ...when]
  // What a single way is, the page around it says.
  id('summary').textContent = view.way ? '' : summary.join(' · ')
  id('map').setAttribute('aria-describedby', 'summary')
}

/** Shows something, however often it must be asked for until the hub answers or something else is shown. */
async function showPatiently (asked) {
  document.body.classList.remove('is-waiting')
  for (;;) {
    try {
      const shown = show(asked)
      const mine = request
      await shown
      if (mine === request) complain(map ? '' : text('no_frame'))
      return
    } catch (error) {
      if (error.status === 401 || view !== asked) return
      console.warn(error)
      complain(text('away'))
      await new Promise(resolve => setTimeout(resolve, RETRY_MS))
      if (view !== asked) return
    }
  }
}

function complain (what) {
  id('alert').textContent = what
  id('alert').hidden = !what
}

/** Takes what the page around it says: what to show, and its theme. */
function listen () {
  // Streamlit names a frame after its part of the program.
  frameElement.title = text('map')
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || origin !== location.origin || data?.type !== 'streamlit:render') return
    chooseTheme(data.theme?.base === 'dark' ? 'dark' : 'light')
    showPatiently(data.args.shown)
  })
  tell('streamlit:componentReady', { apiVersion: 1 })
}

const tell = (type, more) => parent.postMessage({ isStreamlitMessage: true, type, ...more }, location.origin)

whenLoggedOut(() => {
  complain(text('logged_out'))
  id('open').textContent = text('log_in')
  id('open').href = '/login'
})
fillTexts()
await regionOpened
if (parent === window) showPatiently(readView())
else listen()
