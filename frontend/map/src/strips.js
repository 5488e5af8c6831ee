// Strips: a thin chart for each figure of a device's day, one above the other on the same hours.
import { get } from './api.js'
import { clock, figureText } from './formats.js'
import { shifted, startOf } from './days.js'
import { onTheme, palette } from './palette.js'
import { text } from './texts.js'

const KEPT = 'strips'
const SVG = 'http://www.w3.org/2000/svg'
const STEP_MINUTES = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -60, PageUp: 60 }
const HOURS = ['06:00', '12:00', '18:00']
// Which colour of the palette; what the chart spans at least; after how long without a value there is a gap.
const LOOKS = {
  battery: { colour: 2, span: [0, 100], gap_s: 75 * 60 },
  altitude: { colour: 5, least: 20, gap_s: 20 * 60 },
  speed: { colour: 0, from: 0, least: 5, gap_s: 20 * 60 },
  heart_rate: { colour: 3, least: 20, gap_s: 20 * 60 },
  temperature: { colour: 1, least: 4, gap_s: 75 * 60 }
}
const id = name => document.getElementById(name)

export class Strips {
  #zone
  #devices
  #onSeek
  #start = 0
  #length = 86_400
  #asked = null
  #device = null
  #isNamed = false
  #strips = []
  #shown = []
  #moment = null
  #kept = { isOpen: !matchMedia('(max-width: 760px)').matches, hidden: [], rooms: [], ...read() }

  /** `devices` returns all devices; `onSeek` is called with an instant that was pointed at. */
  constructor (zone, devices, onSeek) {
    this.#zone = zone
    this.#devices = devices
    this.#onSeek = onSeek
    id('strips').open = this.#kept.isOpen
    id('strips').addEventListener('toggle', () => this.#keep({ isOpen: id('strips').open }))
    id('strips-choose').addEventListener('click', () => this.#toggleChoice())
    const scrubber = id('strips-moment')
    for (const type of ['pointerdown', 'pointermove']) {
      scrubber.addEventListener(type, event => {
        if (event.type === 'pointerdown') scrubber.setPointerCapture(event.pointerId)
        const { left, width } = scrubber.getBoundingClientRect()
        this.#seek((event.clientX - left) / width * this.#length)
      })
    }
    scrubber.addEventListener('keydown', event => this.#press(event))
    onTheme(() => this.#draw())
  }

  /** Shows a device's day, and the temperatures of the rooms that were chosen; its name, if others are looked at too. */
  async show (device, day, isNamed) {
    this.#isNamed = isNamed
    if (day !== this.day || device?.id !== this.#device?.id) {
      this.#moment = null
      id('strips-choice').hidden = true
      id('strips-choose').setAttribute('aria-expanded', 'false')
    }
    this.#device = device ?? null
    this.day = day
    await this.load()
  }

  /** Asks for the figures as they are by now. */
  async load () {
    if (!this.day) return
    const mine = this.#asked = {}
    const { day } = this
    const own = this.#device
    const rooms = this.#kept.rooms.filter(room => room !== own?.id && this.#devices().some(({ id }) => id === room))
    const [strips, ...others] = await Promise.all([own ? this.#stripsOf(own.id, day) : [], ...rooms.map(room => this.#stripsOf(room, day))])
    if (mine !== this.#asked) return
    this.#start = startOf(day, this.#zone).getTime()
    this.#length = (startOf(shifted(day, 1), this.#zone).getTime() - this.#start) / 1000
    this.#strips = [...strips, ...others.flatMap((of, n) => of.filter(({ figure }) => figure === 'temperature').map(strip => ({ ...strip, room: rooms[n] })))]
    this.#draw()
  }

  /** Marks an instant, and shows the values that were measured then. */
  point (at) {
    const seconds = (at - this.#start) / 1000
    if (seconds < 0 || seconds > this.#length) return
    this.#moment = seconds
    this.#showMoment()
  }

  async #stripsOf (device, day) {
    const range = { from: startOf(day, this.#zone).toISOString(), to: startOf(shifted(day, 1), this.#zone).toISOString() }
    const { strips, step_s: step } = await get(`/v1/devices/${device}/strips`, range)
    return strips.map(strip => ({ ...strip, step }))
  }

  #draw () {
    const shown = this.#strips.filter(({ figure, room }) => room !== undefined || !this.#kept.hidden.includes(figure))
    id('strips').hidden = !this.#strips.length
    id('strips-device').textContent = this.#isNamed ? this.#device?.name ?? '' : ''
    const marks = this.#marks()
    const charts = shown.map(strip => chart(strip, this.#titleOf(strip), this.#length, marks))
    id('strips-charts').replaceChildren(...charts.map(({ figure }) => figure), id('strips-moment'))
    id('strips-hours').replaceChildren(...marks.map(({ second, name }) => {
      const mark = document.createElement('span')
      mark.textContent = name
      mark.style.left = `${second / this.#length * 100}%`
      return mark
    }), id('strips-time'))
    this.#shown = charts
    id('strips-moment').hidden = !shown.length
    id('strips-moment').setAttribute('aria-valuemax', Math.floor(this.#length / 60))
    this.#showMoment()
  }

  /** Returns where on the strips the clock shows certain hours; on a day on which it changes that is elsewhere. */
  #marks () {
    const marks = []
    for (let second = 0; second < this.#length; second += 1800) {
      const name = clock(new Date(this.#start + second * 1000), this.#zone)
      if (HOURS.includes(name)) marks.push({ second, name })
    }
    return marks
  }

  #titleOf ({ figure, room }) {
    const name = this.#devices().find(({ id }) => id === room)?.name
    return name ? `${text(`figure_${figure}`)} · ${name}` : text(`figure_${figure}`)
  }

  #showMoment () {
    const moment = this.#moment
    const values = this.#shown.map(({ value, strip, title, range }) => {
      const there = moment === null ? null : pointAt(strip, moment)
      value.textContent = moment === null ? range : there ? figureText(strip.figure, there[1], there[2]) : '–'
      return `${title}: ${value.textContent}`
    })
    const scrubber = id('strips-moment')
    scrubber.classList.toggle('pointing', moment !== null)
    id('strips-time').hidden = moment === null
    scrubber.setAttribute('aria-valuenow', Math.floor((moment ?? 0) / 60))
    if (moment === null) return scrubber.setAttribute('aria-valuetext', values.join(', '))
    const time = clock(new Date(this.#start + moment * 1000), this.#zone)
    scrubber.setAttribute('aria-valuetext', [time, ...values].join(', '))
    id('strips').style.setProperty('--moment', moment / this.#length)
    id('strips-time').textContent = time
    // What it would cover in part is left out.
    for (const mark of id('strips-hours').querySelectorAll('span')) mark.hidden = Math.abs(parseFloat(mark.style.left) / 100 - moment / this.#length) < 0.13
  }

  #press (event) {
    const minutes = STEP_MINUTES[event.key]
    const to = { Home: 0, End: this.#length }[event.key] ?? (minutes && (this.#moment ?? 0) + minutes * 60)
    if (to === undefined) return
    event.preventDefault()
    this.#seek(to)
  }

  #seek (seconds) {
    const at = this.#start + Math.min(Math.max(Math.round(seconds / 60) * 60, 0), this.#length) * 1000
    this.point(at)
    this.#onSeek(at)
  }

  async #toggleChoice () {
    const isOpen = id('strips-choice').hidden
    id('strips-choice').hidden = !isOpen
    id('strips-choose').setAttribute('aria-expanded', String(isOpen))
    if (!isOpen) return
    const { day } = this
    const figures = this.#strips.filter(({ room }) => room === undefined).map(({ figure }) => figure)
    const others = this.#devices().filter(({ id, type }) => type !== 'smartphone' && id !== this.#device?.id)
    this.#offer(figures, this.#kept.rooms.filter(room => others.some(({ id }) => id === room)))
    const found = await Promise.all(others.map(async ({ id }) => {
      const strips = await this.#stripsOf(id, day).catch(() => [])
      return strips.some(({ figure }) => figure === 'temperature') ? [id] : []
    }))
    if (day === this.day) this.#offer(figures, found.flat())
  }

  #offer (figures, rooms) {
    const ofFigures = figures.map(figure => box(this.#titleOf({ figure }), !this.#kept.hidden.includes(figure), isOn => {
      this.#keep({ hidden: without(this.#kept.hidden, figure, !isOn) })
      this.#draw()
    }))
    const ofRooms = rooms.map(room => box(this.#titleOf({ figure: 'temperature', room }), this.#kept.rooms.includes(room), isOn => {
      this.#keep({ rooms: without(this.#kept.rooms, room, isOn) })
      this.load().catch(() => {})
    }))
    id('strips-choice').replaceChildren(...ofFigures, ...ofRooms)
  }

  #keep (changes) {
    this.#kept = { ...this.#kept, ...changes }
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.#kept))
    } catch {
      // The browser keeps nothing: then it holds for this page.
    }
  }
}

function read () {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {}
  } catch {
    return {}
  }
}

const without = (list, item, isIn) => [...list.filter(one => one !== item), ...(isIn ? [item] : [])]

/** Returns the figures' points as runs without a gap. */
export function runsOf ({ figure, points, step }) {
  const runs = []
  for (const point of points) {
    const before = runs.at(-1)?.at(-1)
    if (before && point[0] - before[0] <= LOOKS[figure].gap_s + step) runs.at(-1).push(point)
    else runs.push([point])
  }
  return runs
}

/** Returns the point that holds for a moment; undefined within a gap. */
function pointAt ({ figure, points, step }, second) {
  const distance = ([start]) => Math.max(start - second, second - start - step, 0)
  const nearest = points.reduce((one, other) => distance(other) <= distance(one) ? other : one)
  return distance(nearest) <= Math.max(step, LOOKS[figure].gap_s / 2) ? nearest : undefined
}

function chart (strip, title, length, marks) {
  const { points } = strip
  const lowest = Math.min(...points.map(([, least]) => least))
  const highest = Math.max(...points.map(([, , most]) => most))
  const range = figureText(strip.figure, lowest, highest)
  const figure = document.createElement('figure')
  const caption = document.createElement('figcaption')
  const value = document.createElement('span')
  caption.append(title, value)
  const svg = drawn('svg', { viewBox: `0 0 ${length} 100`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${title}: ${range}` })
  svg.style.color = palette().series[LOOKS[strip.figure].colour]
  svg.append(drawn('path', { class: 'hours', d: marks.map(({ second }) => `M${second} 0V100`).join('') }))
  svg.append(...runsOf(strip).map(run => drawn('path', { d: outline(run, strip, scale(strip.figure, lowest, highest)) })))
  figure.append(caption, svg)
  return { figure, value, strip, title, range }
}

/** Returns how high a value is drawn, from the top of 100. */
function scale (figure, lowest, highest) {
  const { span, from, least } = LOOKS[figure]
  const missing = span ? 0 : Math.max(0, least - (highest - lowest)) / 2
  const [low, high] = span ?? [from ?? lowest - missing, highest + missing * (from === undefined ? 1 : 2)]
  return value => 94 - Math.min(Math.max((value - low) / (high - low), 0), 1) * 88
}

/** Returns the outline of a run: the most of each step there, the least back; alone, a step long. */
function outline (run, { step }, height) {
  if (run.length === 1) {
    const [[second, least, most]] = run
    return `M${second} ${height(most)}h${step}V${height(least)}h${-step}Z`
  }
  const there = run.map(([second, , most]) => `${second + step / 2} ${height(most)}`)
  const back = run.map(([second, least]) => `${second + step / 2} ${height(least)}`).reverse()
  return `M${[...there, ...back].join('L')}Z`
}

function drawn (name, attributes) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

function box (title, isOn, onChange) {
  const label = document.createElement('label')
  const input = Object.assign(document.createElement('input'), { type: 'checkbox', checked: isOn })
  input.addEventListener('change', () => onChange(input.checked))
  label.append(input, title)
  return label
}
