// The map page: puts its parts together. `view` is what is looked at.
import './map.css'
import { altitudesOf } from './altitudes.js'
import { askForView, get, queryOf } from './api.js'
import { Calendar } from './calendar.js'
import { focusChosen } from './correction_form.js'
import { Corrections } from './corrections.js'
import { DayView, titleOf } from './day.js'
import { dayOf, shifted, startOf } from './days.js'
import { dayName } from './formats.js'
import { forgetJourneys, journeysOf } from './journeys.js'
import { showLegend } from './legend.js'
import { regionOpened } from './base_map.js'
import { LiveForm } from './live_form.js'
import { JourneysMap } from './map.js'
import { Measure } from './measure.js'
import { onTheme } from './palette.js'
import { Photos } from './photos.js'
import { save } from './picture.js'
import { Places } from './places.js'
import { TimeRange } from './range.js'
import { Replay } from './replay.js'
import { Search } from './search.js'
import { ShareForm } from './share_form.js'
import { Strips } from './strips.js'
import { LANGUAGES, fillTexts, language, text } from './texts.js'
import { toast } from './toast.js'
import { readView, writeView } from './view.js'
import { Visits } from './visits.js'

const RETRY_MS = 5_000
const FOLLOW_MS = 30_000
const SOON_MS = 10_000
const id = name => document.getElementById(name)

let view = readView()
const yearToShare = Number(new URLSearchParams(location.search).get('share'))
let devices = []
let days = []
let zone = 'UTC'
let isOwner = true
let journeys = []
let map = null
let chosen = null
let inView = { modes: new Set(), altitudes: null, squares: null }
let request = 0
// What stays said, whatever else is.
let lasting = ''
let dayView, range, replay, strips, photos, places, corrections, shareForm

const chosenDevices = () => devices.filter(device => !view.device || String(device.id) === view.device)
const positionOf = device => devices.findIndex(({ id: one }) => one === device.id)

/** Returns the chosen devices and range as parameters of a request. */
const asked = () => ({
  device: view.device,
  from: view.from && startOf(view.from, zone).toISOString(),
  to: view.to && startOf(shifted(view.to, 1), zone).toISOString()
})

/** Returns the address of tiles of a kind for the chosen devices and range. */
const tiles = kind => `${location.origin}/v1/tiles/${kind}/{z}/{x}/{y}${queryOf(asked())}`

const look = () => ({
  tiles, colour: view.colour ?? 'mode', devices, isDay: journeys.length > 0,
  first: view.from ?? days[0]?.day, last: view.to ?? days.at(-1)?.day
})

async function start () {
  askForView(view.view)
  fillTexts()
  showLanguages()
  await loadOverview()
  if (view.device && !chosenDevices().length) view.device = null
  id('device').append(new Option(text('all_devices'), ''), ...devices.map(({ id, name }) => new Option(name, id)))
  id('device').value = view.device ?? ''
  id('colour').value = view.colour ?? 'mode'
  dayView = new DayView(zone, day => goTo(day), choose, actionsOf)
  const newPlaces = async () => isOwner ? (await get('/v1/journeys/new-places', { device: view.device })).days : []
  new Calendar(zone, () => days, () => view.day, goTo, newPlaces)
  // Of readings others see what the dashboard shows; of photos nothing.
  strips = isOwner ? new Strips(zone, () => devices, at => replay.seek(at)) : null
  replay = new Replay((position, at) => {
    map?.showMoment(position)
    strips?.point(at)
  }, device => {
    if (chosenDevices().length > 1) map?.moveTo(journeys.filter(journey => journey.device === device))
  })
  photos = isOwner ? new Photos(zone, taken => map?.showPhotos(taken), titleOf) : null
  range = new TimeRange((from, to) => change({ from, to }))
  range.show(days, view.from, view.to)
  places = new Places(zone, shown => map?.showPlaces(shown), showPlace, placeChanged)
  corrections = new Corrections(zone, corrected, goToVisit)
  shareForm = new ShareForm(zone, toast)
  const visits = isOwner && new Visits(zone, () => view.device, goToVisit, namingOf)
  const measure = new Measure((line, said) => {
    map?.showMeasured(line)
    id('measured').textContent = said
  })
  await regionOpened
  try {
    map = new JourneysMap(id('map'), look(), controls(), choose, modes => explain({ modes }))
  } catch {
    lasting = text('no_webgl')
    complain(lasting)
  }
  id('save').addEventListener('click', () => map && save(map.picture(title()), `${title()}.png`))
  id('print').addEventListener('click', () => print())
  addEventListener('beforeprint', () => { if (map) id('printed').src = map.picture(title()).toDataURL('image/jpeg', 0.9) })
  unfold('options', isOpen => document.querySelector('main').classList.toggle('with-options', isOpen))
  unfold('sheet', isOpen => document.querySelector('main').classList.toggle('with-tall-sheet', isOpen))
  id('device').addEventListener('change', async ({ target }) => {
    change({ device: target.value || null })
    await loadDays()
    range.show(days, view.from, view.to)
    await showDay({ move: true })
  })
  id('colour').addEventListener('change', ({ target }) => change({ colour: target.value === 'mode' ? null : target.value }))
  addEventListener('popstate', () => {
    view = readView()
    showDay({ move: true })
  })
  onTheme(() => explain())
  await showDay({ move: !map?.hasView })
  await Promise.all([isOwner && places.load(), showPositions(), loadLook().catch(() => {})])
  // A year's page, which has no scripts, leads here.
  if (isOwner && yearToShare && view.device) shareForm.openYear(yearToShare, chosenDevices()[0])
  setInterval(follow, FOLLOW_MS)

  /** Returns the controls of the map. A visitor sees what is published, and has nothing to put right or to look up. */
  function controls () {
    if (!isOwner) return { measure }
    const search = new Search(zone, () => view.device, place => showPlace(place, { isAsked: false }), goToVisit)
    // What is looked at is offered first.
    const offered = () => [...new Set([...chosenDevices(), ...devices])]
    const live = new LiveForm(zone, offered, (link, what) => shareForm.showLink(link, what))
    return { search, visits, places, corrections, measure, live, photos }
  }

  /** Moves to a place, and asks when the owner was there. */
  function showPlace (place, { isAsked = true } = {}) {
    map?.flyTo(place)
    if (map && visits && isAsked) visits.ask([place.longitude, place.latitude])
  }
}

/** Returns what the page shows, for a picture of it. */
const title = () => dayName(view.day ?? dayOf(new Date(), zone))

/** Returns what can be done with a journey of the day. */
function actionsOf (journey) {
  const own = journey.kind === 'trip' ? [{ label: text('poster'), run: () => location.assign(posterOf(journey)) }] : []
  if (!isOwner) return own
  const correction = corrections.actionOf(journey, journeys, titleOf(journey))
  if (journey.kind === 'trip') return [shareForm.actionOf(journey, titleOf(journey)), ...own, correction]
  if (journey.kind !== 'stay') return [correction]
  const { label, run } = namingOf(journey)
  return [{ label, run }, correction]
}

/** Returns where a trip is a poster, in the page's language and colours. */
function posterOf (journey) {
  const asked = { device: journey.device, from: journey.starts.toISOString(), to: journey.ends.toISOString(), lang: document.documentElement.lang, theme: darkness.matches ? 'dark' : 'light' }
  return `/v1/poster?${new URLSearchParams(asked)}`
}

/** Returns the name of a position's place, and what names it. */
function namingOf (position) {
  const place = places.at(position)
  return { title: place?.name, label: text(place ? 'edit_place' : 'name_place'), run: () => places.edit(position) }
}

/** Shows what was done to the places, and the day with their names. */
async function placeChanged (what, undo) {
  toast(what, undo && (async () => {
    await undo()
    await places.load()
    await againShowDay()
  }))
  await againShowDay()
}

/** Shows what was put right, and the day and the lines as they are now. */
async function corrected (what, undo, isDerived) {
  toast(isDerived ? what : `${what} ${text('follows_soon')}`, undo && (async () => {
    const { is_derived: isUndone } = await undo()
    await showCorrected(isUndone)
  }))
  await showCorrected(isDerived)
}

async function showCorrected (isDerived) {
  await Promise.all([againShowDay(), corrections.load(), loadDays()])
  range.show(days, view.from, view.to)
  map?.reload()
  focusChosen()
  if (!isDerived) setTimeout(() => showCorrected(true), SOON_MS)
}

async function againShowDay () {
  forgetJourneys()
  await showDay({ move: false })
}

/** Keeps up with what comes in: where devices are, and what they have done by now. */
async function follow () {
  if (document.hidden) return
  const newest = days.at(-1)?.day
  await Promise.all([loadDays(), showPositions()]).catch(() => {})
  range.show(days, view.from, view.to)
  if (!newest && days.length) goTo(days.at(-1).day)
  else if (view.day === newest) await Promise.all([showDay({ move: false, isQuiet: true }), strips?.load().catch(() => {})])
}

async function loadOverview () {
  devices = await get('/v1/devices')
  await loadDays()
}

async function loadDays () {
  let whose
  ({ days, zone, view: whose } = await get('/v1/journeys/days', { device: view.device }))
  isOwner = whose === 'owner'
}

/** Shows another day, as a step that the browser's button takes back. */
function goTo (day) {
  view.day = day
  writeView(view, { step: true })
  showDay({ move: true })
}

/** Shows the day of a visit, and all that its device did then. */
function goToVisit (day, device) {
  if (view.device && view.device !== String(device)) change({ device: null })
  goTo(day)
}

async function showDay ({ move, isQuiet = false }) {
  const mine = ++request
  const day = view.day ?? days.at(-1)?.day ?? dayOf(new Date(), zone)
  const shown = chosenDevices()
  if (!isQuiet) dayView.begin(day, days.at(-1)?.day)
  const found = await patiently(() => journeysOf(day, shown, zone))
  if (mine !== request || (isQuiet && JSON.stringify(found) === JSON.stringify(journeys))) return
  if (day !== view.day) corrections.closeForm()
  const before = day === view.day ? journeys.find(({ id }) => id === chosen) : null
  journeys = found
  view.day = day
  writeView(view)
  dayView.show(journeys, shown.map(device => ({ ...device, position: positionOf(device) })))
  map?.show({ isDay: journeys.length > 0 })
  map?.showDay(journeys, { move })
  chosen = null
  const same = before && journeys.find(({ device, begins }) => device === before.device && +begins === +before.begins)
  if (same) choose(same.id, { move: false })
  const moved = shown.find(device => journeys.some(journey => journey.device === device.id && journey.kind === 'trip'))
  if (!isQuiet || replay.device !== moved?.id) replay.prepare(moved?.id ?? null, day, zone)
  photos?.show(day, journeys)
  strips?.show(moved ?? shown[0], day, shown.length > 1).catch(() => {})
  if (view.colour === 'altitude') loadLook().catch(() => {})
  // The days beside it are there before they are asked for.
  for (const days of [-1, 1]) journeysOf(shifted(day, days), shown, zone).catch(() => {})
}

function choose (number, { move = true } = {}) {
  const journey = journeys.find(({ id }) => id === number)
  if (!journey) return
  chosen = number
  dayView.mark(number)
  map?.choose([journey], { move })
}

/** Changes the device, the colours or the range. */
function change (changes) {
  view = { ...view, ...changes }
  writeView(view)
  map?.show(look())
  loadLook().catch(() => {})
}

async function showPositions () {
  const found = await Promise.all(chosenDevices().map(async ({ id, name }) => {
    const { location } = await get(`/v1/devices/${id}/last`).catch(() => ({}))
    return location ? [{ ...location, name }] : []
  }))
  map?.showNow(found.flat())
}

/** Has a button open and close something. */
function unfold (name, show) {
  id(name).addEventListener('click', () => {
    const isOpen = id(name).getAttribute('aria-expanded') !== 'true'
    id(name).setAttribute('aria-expanded', String(isOpen))
    show(isOpen)
  })
}

/** Shows what the colours mean, as far as it is in view. */
function explain (changes = {}) {
  inView = { ...inView, ...changes }
  showLegend(look(), inView)
}

/** Asks for what only some looks need. */
async function loadLook () {
  explain()
  if (view.colour === 'explored') explain(await get('/v1/explored', asked()))
  if (view.colour === 'altitude' && view.day) {
    const { steps, span } = await altitudesOf(view.day, chosenDevices(), zone)
    map?.showSteps(steps, span)
    explain({ altitudes: span })
  }
}

function showLanguages () {
  const links = LANGUAGES.map(name => {
    const link = document.createElement('a')
    link.textContent = name.toUpperCase()
    link.lang = name
    link.href = '#'
    if (name === language) link.setAttribute('aria-current', 'true')
    link.addEventListener('click', event => {
      event.preventDefault()
      writeView({ ...view, lang: name })
      location.reload()
    })
    return link
  })
  document.querySelector('.languages').append(...links)
}

/** Returns what a request returns, however often it must be sent until the hub answers. */
async function patiently (ask) {
  for (;;) {
    try {
      const answer = await ask()
      complain(lasting)
      return answer
    } catch (error) {
      if (error.status === 401) return new Promise(() => {})
      console.warn(error)
      complain(text('away'))
      await new Promise(resolve => setTimeout(resolve, RETRY_MS))
    }
  }
}

function complain (what) {
  id('alert').textContent = what
  id('alert').hidden = !what
}

patiently(start)
