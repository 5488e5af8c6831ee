// A month at a glance: which days have trips, how far they went, and which led to new places. Opened by the date above the day.
import { plural, text } from './texts.js'
import { dayName, distance, monthTitle, weekdays } from './formats.js'
import { dayOf, shifted, shiftedMonths, weekOf } from './days.js'

const MOST_DOTS = 4
const STEPS = 4
const WIDE = 0.9
const id = name => document.getElementById(name)

export class Calendar {
  #zone
  #daysOf
  #newPlaces
  #dayShown
  #onDay
  #days = new Map()
  #new = new Map()
  #far = 1
  #focused

  /**
   * `daysOf` returns the days that have trips, `dayShown` the one that is looked at; `newPlaces` asks for the days with
   * first visits.
   */
  constructor (zone, daysOf, dayShown, onDay, newPlaces) {
    this.#newPlaces = newPlaces
    this.#zone = zone
    this.#daysOf = daysOf
    this.#dayShown = dayShown
    this.#onDay = onDay
    id('open-calendar').addEventListener('click', () => this.#open())
    id('calendar-close').addEventListener('click', () => id('calendar').close())
    id('calendar').addEventListener('close', () => id('open-calendar').setAttribute('aria-expanded', 'false'))
    // A click beside it closes it: its own padding belongs to what is in it.
    id('calendar').addEventListener('click', ({ target }) => target === id('calendar') && id('calendar').close())
    for (const [name, months] of [['year-before', -12], ['month-before', -1], ['month-after', 1], ['year-after', 12]]) {
      id(name).addEventListener('click', () => this.#draw(shiftedMonths(this.#focused, months)))
    }
    id('day').addEventListener('change', () => id('calendar').close())
    id('calendar-days').addEventListener('keydown', event => this.#press(event))
    id('calendar-days').addEventListener('click', ({ target }) => this.#choose(target.closest('button')?.dataset.day))
  }

  #open () {
    this.#days = new Map(this.#daysOf().map(each => [each.day, each]))
    // The farthest days do not count: beside a flight every walk would look alike.
    const metres = this.#daysOf().map(each => each.distance_m ?? 0).sort((a, b) => a - b)
    this.#far = metres[Math.floor(metres.length * WIDE)] || 1
    id('open-calendar').setAttribute('aria-expanded', 'true')
    this.#draw(this.#dayShown())
    id('calendar').showModal()
    this.#focus()
    this.#markNew().catch(() => {})
  }

  /** Marks the days with first visits, once the hub has answered. */
  async #markNew () {
    this.#new = new Map((await this.#newPlaces()).map(each => [each.day, each.new_places]))
    for (const button of id('calendar-days').querySelectorAll('button')) this.#label(button)
  }

  #choose (day) {
    if (!day) return
    id('calendar').close()
    this.#onDay(day)
  }

  /** Draws the month of a day, which is the one that the keyboard is at. */
  #draw (day) {
    this.#focused = day
    id('calendar-title').textContent = monthTitle(day)
    id('calendar-names').replaceChildren(...weekdays().map(({ short, long }) => {
      const cell = element('th', short)
      cell.scope = 'col'
      cell.abbr = long
      return cell
    }))
    const first = `${day.slice(0, 8)}01`
    const weeks = []
    for (let monday = weekOf(first); monday < shiftedMonths(first, 1); monday = shifted(monday, 7)) {
      const week = element('tr', '')
      for (let n = 0; n < 7; n++) week.append(this.#cell(shifted(monday, n), day))
      weeks.push(week)
    }
    id('calendar-days').replaceChildren(...weeks)
  }

  #cell (day, focused) {
    const cell = element('td', '')
    cell.setAttribute('role', 'gridcell')
    if (day.slice(0, 7) !== focused.slice(0, 7)) return cell
    const known = this.#days.get(day)
    const button = element('button', '')
    button.type = 'button'
    button.dataset.day = day
    button.tabIndex = day === focused ? 0 : -1
    button.append(element('span', Number(day.slice(8))))
    this.#label(button)
    if (known) {
      // A square root, as in the histogram.
      button.dataset.far = Math.max(1, Math.ceil(Math.min(1, Math.sqrt((known.distance_m ?? 0) / this.#far)) * STEPS))
      button.append(element('i', '•'.repeat(Math.min(known.trips, MOST_DOTS))))
    }
    cell.setAttribute('aria-selected', String(day === this.#dayShown()))
    if (day === dayOf(new Date(), this.#zone)) button.setAttribute('aria-current', 'date')
    cell.append(button)
    return cell
  }

  /** Says what a day has: in its accessible name, and in a mark where something was new. */
  #label (button) {
    const { day } = button.dataset
    const [known, added] = [this.#days.get(day), this.#new.get(day)]
    const label = [
      known ? plural('trips', known.trips) : text('no_trips'), known && distance(known.distance_m ?? 0),
      added && plural('new_places', added)
    ].filter(Boolean).join(', ')
    button.setAttribute('aria-label', `${dayName(day)}, ${label}`)
    button.title = label
    button.classList.toggle('new', Boolean(added))
  }

  #press (event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const day = this.#focused
    const months = event.shiftKey ? 12 : 1
    const next = {
      ArrowLeft: () => shifted(day, -1),
      ArrowRight: () => shifted(day, 1),
      ArrowUp: () => shifted(day, -7),
      ArrowDown: () => shifted(day, 7),
      PageUp: () => shiftedMonths(day, -months),
      PageDown: () => shiftedMonths(day, months),
      Home: () => weekOf(day),
      End: () => shifted(weekOf(day), 6)
    }[event.key]
    if (!next) return
    event.preventDefault()
    event.stopPropagation()
    this.#draw(next())
    this.#focus()
  }

  #focus () {
    id('calendar-days').querySelector('button[tabindex="0"]')?.focus()
  }
}

function element (tag, content) {
  const made = document.createElement(tag)
  made.textContent = content
  return made
}
