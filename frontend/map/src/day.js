// The day beside the map: its journeys as a list, and the way to other days.
import { plural, text } from './texts.js'
import { clock, dayName, distance, duration, offsetName } from './formats.js'
import { colourOfDevice, colourOfMode } from './palette.js'
import { shifted } from './days.js'
import { legsOf } from './journeys.js'

const SWIPE_PX = 60
const id = name => document.getElementById(name)

export class DayView {
  #zone
  #onDay
  #onJourney
  #actionsOf
  #day
  #newest
  #journeys = []

  /** `actionsOf` returns what can be done with a journey, as labels and functions. */
  constructor (zone, onDay, onJourney, actionsOf) {
    this.#zone = zone
    this.#actionsOf = actionsOf
    this.#onDay = onDay
    this.#onJourney = onJourney
    id('previous').addEventListener('click', () => this.#go(-1))
    id('next').addEventListener('click', () => this.#go(1))
    id('day').addEventListener('change', ({ target }) => target.value && this.#onDay(target.value))
    id('day-view').addEventListener('keydown', event => this.#press(event))
    this.#swipe(id('day-view'))
  }

  /** Shows the day's name, and that its journeys are on their way. */
  begin (day, newest) {
    this.#day = day
    this.#newest = newest
    id('day-name').textContent = dayName(day, 'short')
    id('day-name').title = dayName(day)
    id('day').value = day
    id('day-view').setAttribute('aria-busy', 'true')
  }

  /** Lists the day's journeys, of several devices one after the other. */
  show (journeys, devices) {
    this.#journeys = journeys
    id('day-view').setAttribute('aria-busy', 'false')
    id('summary').textContent = summary(journeys)
    const lists = devices.map((device, position) => this.#list(device, position, journeys, devices.length > 1))
    id('journeys').replaceChildren(...lists.filter(Boolean))
    if (!journeys.length) id('journeys').replaceChildren(this.#nothing())
  }

  /** Marks a journey, and shows it in the list. */
  mark (chosen) {
    for (const button of id('journeys').querySelectorAll('button[data-id]')) {
      const isChosen = Number(button.dataset.id) === chosen
      button.setAttribute('aria-pressed', String(isChosen))
      button.parentElement.querySelector('.actions')?.remove()
      if (!isChosen) continue
      button.after(this.#actions(chosen))
      button.parentElement.scrollIntoView({ block: 'nearest' })
    }
  }

  #list (device, position, journeys, isNamed) {
    const own = journeys.filter(journey => journey.device === device.id)
    if (!own.length) return null
    const section = document.createElement('section')
    if (isNamed) section.append(element('h2', device.name, { colour: colourOfDevice(position) }))
    const list = document.createElement('ol')
    // The clock's offset is said where it changes.
    let offset = offsetName(own[0].begins, this.#zone)
    for (const journey of own) {
      list.append(this.#item(journey, offset))
      offset = offsetName(journey.finishes, journey.endZone)
    }
    section.append(list)
    return section
  }

  #item (journey, offset) {
    const item = document.createElement('li')
    const button = element('button', '', { id: journey.id })
    button.type = 'button'
    button.setAttribute('aria-pressed', 'false')
    button.className = journey.kind
    button.disabled = journey.kind === 'gap'
    const mark = element('span', journey.letter ?? '')
    mark.className = 'mark'
    if (journey.kind === 'trip') mark.style.background = stripes(legsOf(journey))
    const what = element('strong', titleOf(journey))
    const time = element('span', when(journey, offset))
    time.className = 'when'
    const length = element('small', lengthOf(journey))
    button.append(mark, what, time, length)
    if (journey.legs?.length) button.append(element('small', journey.legs.map(nameOf).join(' · ')))
    button.addEventListener('click', () => this.#onJourney(journey.id))
    item.append(button)
    return item
  }

  #actions (chosen) {
    const row = element('div', '')
    row.className = 'actions'
    const journey = this.#journeys.find(({ id: number }) => number === chosen)
    for (const { label, run } of this.#actionsOf(journey)) {
      const button = element('button', label)
      button.type = 'button'
      button.className = 'action'
      button.addEventListener('click', run)
      row.append(button)
    }
    return row
  }

  #nothing () {
    const box = document.createElement('div')
    box.className = 'nothing'
    box.append(element('p', text(this.#newest ? 'no_journeys' : 'no_data')))
    if (this.#newest && this.#newest !== this.#day) {
      const button = element('button', text('newest_day'))
      button.type = 'button'
      button.addEventListener('click', () => this.#onDay(this.#newest))
      box.append(button)
    }
    return box
  }

  #go (days) {
    this.#onDay(shifted(this.#day, days))
  }

  #press (event) {
    if (event.target.matches('input, select') || event.altKey || event.ctrlKey || event.metaKey) return
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (steps) {
      event.preventDefault()
      this.#go(steps)
    }
    const move = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    const buttons = [...id('journeys').querySelectorAll('button[data-id]:enabled')]
    if (move && buttons.length) {
      event.preventDefault()
      const at = buttons.indexOf(document.activeElement)
      buttons[Math.min(Math.max(at + move, 0), buttons.length - 1)].focus()
    }
  }

  #swipe (area) {
    let start = null
    area.addEventListener('touchstart', ({ touches }) => { start = touches.length === 1 ? touches[0] : null }, { passive: true })
    area.addEventListener('touchend', ({ changedTouches: [end] }) => {
      if (!start) return
      const [x, y] = [end.clientX - start.clientX, end.clientY - start.clientY]
      if (Math.abs(x) > SWIPE_PX && Math.abs(x) > 2 * Math.abs(y)) this.#go(x < 0 ? 1 : -1)
      start = null
    }, { passive: true })
  }
}

function summary (journeys) {
  const trips = journeys.filter(({ kind }) => kind === 'trip')
  if (!trips.length) return ''
  const moved = trips.reduce((sum, trip) => sum + (trip.distance_m ?? 0), 0)
  const seconds = trips.reduce((sum, trip) => sum + (trip.finishes - trip.begins) / 1000, 0)
  return `${plural('trips', trips.length)} · ${text('moved', { distance: distance(moved), time: duration(seconds) })}`
}

/** Returns what a journey is called. */
export function titleOf ({ kind, mode, name, letter }) {
  if (kind === 'trip') return text(mode ?? 'trip')
  return kind === 'stay' ? name ?? `${text('stay')} ${letter}` : text('gap')
}

/** Returns when a journey was on its day, with the clock's offset where that is no longer what it was. */
function when ({ begins, finishes, isBefore, isAfter, startZone, endZone }, offset) {
  const [from, to] = [offsetName(begins, startZone), offsetName(finishes, endZone)]
  const [start, end] = [clock(begins, startZone), clock(finishes, endZone)]
  if (isBefore && isAfter) return text('all_day')
  if (isBefore) return text('until', { time: to === offset ? end : `${end} ${to}` })
  const first = from === offset ? start : `${start} ${from}`
  if (isAfter) return text('since', { time: first })
  if (from === to) return from === offset ? `${start}–${end}` : `${start}–${end} ${to}`
  return `${first}–${end} ${to}`
}

/** Returns the colours of legs, each as tall as it was long. */
function stripes (legs) {
  const begins = Date.parse(legs[0].starts)
  const lasted = Date.parse(legs.at(-1).ends) - begins
  const share = time => `${Math.round((Date.parse(time) - begins) / lasted * 100)}%`
  return `linear-gradient(${legs.map(({ mode, starts, ends }) => `${colourOfMode(mode)} ${share(starts)} ${share(ends)}`).join(', ')})`
}

// Its words stay together where a line is full.
const nameOf = ({ mode, starts, ends }) =>
  `${text(mode ?? 'trip')} ${duration((Date.parse(ends) - Date.parse(starts)) / 1000)}`.replaceAll(' ', '\u00a0')

function lengthOf ({ begins, finishes, kind, distance_m: metres }) {
  const time = duration((finishes - begins) / 1000)
  return kind === 'trip' && metres !== null ? `${distance(metres)} · ${time}` : time
}

function element (tag, content, { colour, id: number } = {}) {
  const made = document.createElement(tag)
  made.textContent = content
  if (colour) made.style.setProperty('--colour', colour)
  if (number !== undefined) made.dataset.id = number
  return made
}
