// The time range of all journeys on the map: two ends on a slider over a histogram of months.
import { monthName, shortDay } from './formats.js'
import { daysBetween, shifted } from './days.js'

const id = name => document.getElementById(name)
const SVG = 'http://www.w3.org/2000/svg'

export class TimeRange {
  #first
  #last
  #onRange

  constructor (onRange) {
    this.#onRange = onRange
    for (const name of ['from', 'to']) {
      id(name).addEventListener('input', () => this.#moved(name))
      id(name).addEventListener('change', () => this.#chosen())
    }
    id('all-time').addEventListener('click', () => {
      id('from').value = id('from').min
      id('to').value = id('to').max
      this.#label()
      this.#chosen()
    })
  }

  /** Shows the days that there are, and a range of them; null for an open end. */
  show (days, from, to) {
    id('range').hidden = days.length < 2
    if (days.length < 2) return
    this.#first = days[0].day
    this.#last = days.at(-1).day
    const length = daysBetween(this.#first, this.#last)
    for (const name of ['from', 'to']) Object.assign(id(name), { min: 0, max: length, step: 1 })
    id('from').value = from ? daysBetween(this.#first, from) : 0
    id('to').value = to ? daysBetween(this.#first, to) : length
    this.#draw(days, length)
    this.#label()
  }

  #draw (days, length) {
    const size = length > 730 ? 30.44 : length > 90 ? 7 : 1
    const bars = new Array(Math.floor(length / size) + 1).fill(0)
    for (const { day, distance_m: metres } of days) bars[Math.floor(daysBetween(this.#first, day) / size)] += metres ?? 0
    const highest = Math.max(...bars, 1)
    const svg = id('histogram')
    svg.setAttribute('viewBox', `0 0 ${bars.length} 100`)
    svg.replaceChildren(...bars.map((metres, index) => {
      // A square root: one flight must not make every other month invisible.
      const height = 100 * Math.sqrt(metres / highest)
      const bar = document.createElementNS(SVG, 'rect')
      const box = { x: index + 0.1, y: 100 - height, width: 0.8, height }
      for (const [name, value] of Object.entries(box)) bar.setAttribute(name, value)
      return bar
    }))
  }

  #moved (name) {
    const [from, to] = [id('from').valueAsNumber, id('to').valueAsNumber]
    if (from > to) id(name).value = name === 'from' ? to : from
    this.#label()
  }

  #chosen () {
    const from = id('from').value === id('from').min ? null : this.#dayAt('from')
    const to = id('to').value === id('to').max ? null : this.#dayAt('to')
    this.#onRange(from, to)
  }

  #label () {
    const [from, to] = [this.#dayAt('from'), this.#dayAt('to')]
    const length = Number(id('from').max) || 1
    const name = length > 730 ? monthName : shortDay
    id('from').setAttribute('aria-valuetext', name(from))
    id('to').setAttribute('aria-valuetext', name(to))
    id('span').textContent = `${name(from)} – ${name(to)}`
    id('range').style.setProperty('--from', id('from').valueAsNumber / length)
    id('range').style.setProperty('--to', id('to').valueAsNumber / length)
  }

  #dayAt (name) {
    return shifted(this.#first, id(name).valueAsNumber)
  }
}
