// Search by name: places, cities, regions and countries, and when the owner was there.
import { get } from './api.js'
import { dayOf } from './days.js'
import { distance, duration, shortDay } from './formats.js'
import { alone, mapButton } from './map_button.js'
import { plural, text } from './texts.js'

const PAUSE_MS = 200
const id = name => document.getElementById(name)

/** A button of the map that opens the search; so does the key /. */
export class Search {
  #zone
  #device
  #onPlace
  #onVisit
  #button
  #timer = null
  #request = 0

  /** `device` returns the chosen device's number, or null; `onPlace` is called with a result, `onVisit` with a day and a device. */
  constructor (zone, device, onPlace, onVisit) {
    this.#zone = zone
    this.#device = device
    this.#onPlace = onPlace
    this.#onVisit = onVisit
    id('search-close').addEventListener('click', () => this.#unfold(false))
    id('search-back').addEventListener('click', () => this.#back())
    id('search-name').addEventListener('input', () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#look(), PAUSE_MS)
    })
    id('search').addEventListener('keydown', event => this.#press(event))
    document.addEventListener('keydown', event => {
      if (event.key !== '/' || event.target.matches('input, select, textarea')) return
      event.preventDefault()
      this.#unfold(true)
    })
  }

  onAdd () {
    this.#button = mapButton('search', text('search'), () => this.#unfold(!id('search').open), { isDrawn: true })
    this.#button.title = `${text('search')} (/)`
    this.#button.setAttribute('aria-controls', 'search')
    this.#button.setAttribute('aria-expanded', 'false')
    return alone(this.#button)
  }

  onRemove () {
    this.#button.parentElement.remove()
  }

  #unfold (isOpen) {
    this.#button?.setAttribute('aria-expanded', String(isOpen))
    if (!isOpen) {
      if (id('search').contains(document.activeElement)) this.#button?.focus()
      return id('search').close()
    }
    for (const other of document.querySelectorAll('dialog.card[open]')) other.close()
    id('search').show()
    this.#back()
    id('search-name').select()
  }

  #back () {
    id('search-found').hidden = false
    id('search-visits').hidden = true
    id('search-name').focus()
  }

  async #look () {
    const mine = ++this.#request
    const wanted = id('search-name').value.trim()
    const found = wanted ? await get('/v1/search', { q: wanted, device: this.#device() }).catch(() => null) : []
    if (mine !== this.#request) return
    id('search-results').replaceChildren(...(found ?? []).map(result => this.#result(result)))
    id('search-count').textContent = !found ? text('away') : wanted && !found.length ? text('nothing_found') : ''
  }

  #result (result) {
    const { kind, name, country, visits } = result
    const item = document.createElement('li')
    const button = document.createElement('button')
    button.type = 'button'
    const where = kind === 'place' || name === country ? null : country
    const details = [text(`level_${kind}`), where, visits ? plural('visits', visits) : null].filter(Boolean).join(' · ')
    button.append(strong(name), small(details))
    button.addEventListener('click', () => this.#choose(result))
    item.append(button)
    return item
  }

  async #choose (result) {
    this.#onPlace(result)
    if (!result.visits) return
    const { kind, name, country } = result
    const visits = await get('/v1/visits', { kind, name, country, device: this.#device() })
    id('search-title').textContent = name
    id('search-days').replaceChildren(...visits.map(visit => this.#visit(visit)))
    id('search-found').hidden = true
    id('search-visits').hidden = false
    id('search-back').focus()
  }

  #visit ({ device_id: device, starts, ends, trip_distance_m: metres, trip_mode: mode }) {
    const begins = new Date(starts)
    const day = dayOf(begins, this.#zone)
    const item = document.createElement('li')
    const button = document.createElement('button')
    button.type = 'button'
    const trip = metres === null ? null : `${text(mode ?? 'trip')} ${distance(metres)}`
    const stayed = text('stayed', { time: duration((new Date(ends) - begins) / 1000) })
    button.append(strong(shortDay(day)), small([stayed, trip].filter(Boolean).join(' · ')))
    button.addEventListener('click', () => this.#onVisit(day, device))
    item.append(button)
    return item
  }

  #press (event) {
    if (event.key === 'Escape') {
      event.stopPropagation()
      return this.#unfold(false)
    }
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (!step) return
    const list = id('search-found').hidden ? id('search-days') : id('search-results')
    const places = [id('search-name'), ...list.querySelectorAll('button')]
    const next = places[places.indexOf(document.activeElement) + step]
    event.preventDefault()
    next?.focus()
  }
}

function strong (what) {
  const made = document.createElement('strong')
  made.textContent = what
  return made
}

function small (what) {
  const made = document.createElement('small')
  made.textContent = what
  return made
}
