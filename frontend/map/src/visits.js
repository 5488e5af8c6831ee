// When the owner was at a position: asked by a button and a click, by a right click, or by a long press.
import { LngLat, Popup } from 'maplibre-gl'
import { get } from './api.js'
import { dayOf } from './days.js'
import { clock, shortDay } from './formats.js'
import { alone, mapButton } from './map_button.js'
import { plural, text } from './texts.js'

const RADIUS_M = 200
const MOST = 100

/** A button of the map that asks about the position clicked next. */
export class Visits {
  #map
  #button
  #popup
  #zone
  #device
  #onVisit
  #namingOf

  /**
   * `device` returns the chosen device's number, or null; `onVisit` is called with a day and a device; `namingOf` returns
   * the label and the action that name a position.
   */
  constructor (zone, device, onVisit, namingOf) {
    this.#namingOf = namingOf
    this.#zone = zone
    this.#device = device
    this.#onVisit = onVisit
  }

  onAdd (map) {
    this.#map = map
    this.#button = mapButton('visits', text('when_here'), () => this.#choose(!this.isChoosing))
    map.on('contextmenu', ({ lngLat }) => this.ask(lngLat))
    map.getCanvas().addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        this.#choose(false)
        this.#popup?.remove()
      }
      if (event.key !== 'Enter' || !this.isChoosing) return
      // It would close what opens, whose button has the focus then.
      event.preventDefault()
      // A keyboard has no pointer: it asks about the middle of the map.
      this.ask(map.getCenter())
    })
    this.#choose(false)
    return alone(this.#button)
  }

  onRemove () {
    this.#button.parentElement.remove()
  }

  /** Whether the next click asks. */
  get isChoosing () {
    return this.#button.getAttribute('aria-pressed') === 'true'
  }

  #choose (isChoosing) {
    this.#button.setAttribute('aria-pressed', String(isChoosing))
    this.#map.getContainer().classList.toggle('choosing', isChoosing)
    if (isChoosing) this.#map.getCanvas().focus()
  }

  /** Shows when the owner was at a position. */
  async ask (position) {
    this.#choose(false)
    this.#popup?.remove()
    // The click that asks would close it, and so would one on a journey in it.
    const popup = new Popup({ maxWidth: '20rem', className: 'when-here', closeOnClick: false })
      .setLngLat(position).setText(text('loading')).addTo(this.#map)
    this.#popup = popup
    try {
      const { lat, lng } = LngLat.convert(position).wrap()
      const { journeys } = await get('/v1/journeys/near', {
        at: `${lat.toFixed(6)},${lng.toFixed(6)}`, radius_m: RADIUS_M, limit: MOST, device: this.#device()
      })
      popup.setDOMContent(this.#list(journeys, { latitude: lat, longitude: lng }))
      // A popup is placed by its size.
      popup.setLngLat(position)
    } catch {
      popup.setText(text('away'))
    }
  }

  #list (journeys, position) {
    const box = document.createElement('div')
    const title = document.createElement('h2')
    title.textContent = journeys.length ? plural('times_here', journeys.length) : text('never_here')
    const list = document.createElement('ol')
    list.append(...journeys.map(journey => this.#item(journey)))
    const { title: place, label, run } = this.#namingOf(position)
    const naming = document.createElement('button')
    Object.assign(naming, { type: 'button', className: 'action', textContent: label })
    naming.addEventListener('click', () => {
      this.#popup?.remove()
      run()
    })
    if (place) title.prepend(`${place}: `)
    box.append(title, list, naming)
    return box
  }

  #item ({ device_id: device, kind, mode, starts, ends }) {
    const [begins, finishes] = [starts, ends].map(time => new Date(time))
    const day = dayOf(begins, this.#zone)
    const item = document.createElement('li')
    const button = document.createElement('button')
    button.type = 'button'
    const what = document.createElement('small')
    what.textContent = kind === 'trip' ? text(mode ?? 'trip') : text('stay')
    button.append(`${shortDay(day)}, ${clock(begins, this.#zone)}–${clock(finishes, this.#zone)}`, what)
    button.addEventListener('click', () => this.#onVisit(day, device))
    item.append(button)
    return item
  }
}
