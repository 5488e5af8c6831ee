// The form that shares where a device is, and when it arrives, by link: a button of the map.
import { Marker } from 'maplibre-gl'
import { get, send } from './api.js'
import { clock } from './formats.js'
import { alone, mapButton } from './map_button.js'
import { text } from './texts.js'

const HOURS = [1, 2, 3, 6, 12]
const DEFAULT_HOURS = 3
const id = name => document.getElementById(name)

/** A button of the map that opens the form. */
export class LiveForm {
  #map
  #button
  #zone
  #devices
  #onMade
  #places = []
  #point = null
  #marker = null
  #request = 0

  /** `devices` returns them, those that the map shows first; `onMade` is called with a link, and what it is of. */
  constructor (zone, devices, onMade) {
    this.#zone = zone
    this.#devices = devices
    this.#onMade = onMade
    id('live-hours').append(...HOURS.map(hours => new Option(text('hours_there', { hours }), hours)))
    id('live-form').addEventListener('submit', event => {
      event.preventDefault()
      this.#make()
    })
    id('live-close').addEventListener('click', () => this.#close())
    id('live').addEventListener('close', () => this.#closed())
    id('live').addEventListener('keydown', event => { if (event.key === 'Escape') this.#close() })
    id('live-device').addEventListener('change', () => this.#preview())
    id('live-place').addEventListener('change', () => this.#choosePlace())
    for (const name of ['live-name', 'live-label']) id(name).addEventListener('input', ({ target }) => { target.dataset.typed = 'yes' })
    id('live-label').addEventListener('input', () => this.#name())
  }

  onAdd (map) {
    this.#map = map
    this.#button = mapButton('live', text('share_live'), () => id('live').open ? this.#close() : this.#open(), { isDrawn: true })
    this.#button.setAttribute('aria-controls', 'live')
    this.#button.setAttribute('aria-expanded', 'false')
    map.getCanvas().addEventListener('keydown', event => {
      // A keyboard has no pointer: it chooses the middle of the map.
      if (event.key === 'Enter' && this.isChoosing) this.moveTo(map.getCenter())
    })
    return alone(this.#button)
  }

  onRemove () {
    this.#button.parentElement.remove()
  }

  /** Whether a click on the map is the destination. */
  get isChoosing () {
    return id('live').open
  }

  /** Takes a click for the destination. */
  moveTo (position) {
    const { lat: latitude, lng: longitude } = position.wrap()
    id('live-place').value = ''
    this.#goTo({ latitude, longitude })
  }

  async #open () {
    for (const card of document.querySelectorAll('dialog.card[open]')) card.close()
    this.#places = await get('/v1/places').catch(() => [])
    id('live-device').replaceChildren(...this.#devices().map(({ id: number, name }) => new Option(name, number)))
    id('live-place').replaceChildren(new Option(text('live_point'), ''), ...this.#places.map(({ id: number, name }) => new Option(name, number)))
    for (const name of ['live-name', 'live-label']) {
      id(name).value = ''
      delete id(name).dataset.typed
    }
    id('live-hours').value = DEFAULT_HOURS
    id('live').show()
    this.#button.setAttribute('aria-expanded', 'true')
    this.#map.getContainer().classList.add('choosing')
    this.#goTo(null)
    id('live-device').focus()
  }

  #close () {
    id('live').close()
  }

  #closed () {
    this.#button.setAttribute('aria-expanded', 'false')
    this.#map.getContainer().classList.remove('choosing')
    this.#marker?.remove()
    this.#marker = null
  }

  #choosePlace () {
    const place = this.#places.find(({ id: number }) => String(number) === id('live-place').value)
    if (place) this.#map.flyTo({ center: [place.longitude, place.latitude], zoom: Math.max(this.#map.getZoom(), 11), duration: 600 })
    this.#goTo(place ?? null)
  }

  #goTo (point) {
    this.#point = point && { latitude: point.latitude, longitude: point.longitude }
    this.#marker?.remove()
    this.#marker = point && new Marker({ color: '#b3261e' }).setLngLat([point.longitude, point.latitude]).addTo(this.#map)
    if (!id('live-label').dataset.typed) id('live-label').value = point?.name ?? ''
    this.#name()
    this.#preview()
  }

  #name () {
    const label = id('live-label').value
    if (!id('live-name').dataset.typed) id('live-name').value = label && text('live_name', { label })
  }

  /** Says what visitors would see, or why there can be no link. */
  async #preview () {
    const request = ++this.#request
    id('live-make').disabled = true
    this.#complain('')
    id('live-hint').textContent = this.#point ? '' : text('live_click')
    if (!this.#point) return
    const preview = await this.#try(() => send('POST', '/v1/shares/live/preview', this.#asked()), () => request === this.#request)
    if (!preview || request !== this.#request) return
    id('live-make').disabled = false
    id('live-hint').textContent = this.#sentenceOf(preview)
    if (!preview.links_work) this.#complain(text('links_are_off'))
  }

  #sentenceOf ({ late_minutes: late, newest_at: newest }) {
    const now = newest ? text('live_newest', { time: clock(new Date(newest), this.#zone) }) : text('live_none')
    return late ? `${text('live_late', { n: late })} ${now}` : now
  }

  #asked () {
    return { device_id: Number(id('live-device').value), ...this.#point }
  }

  async #make () {
    const expires = new Date(Date.now() + id('live-hours').value * 3_600_000).toISOString()
    const made = await this.#try(() => send('POST', '/v1/shares/live', {
      ...this.#asked(), name: id('live-name').value, destination: id('live-label').value, expires_at: expires
    }))
    if (!made) return
    this.#close()
    this.#onMade(made, { title: text('share_live'), details: id('live-name').value })
  }

  async #try (work, isAsked = () => true) {
    this.#complain('')
    try {
      return await work()
    } catch (error) {
      if (isAsked()) this.#complain(error.status ? error.message : text('not_saved'))
      return null
    }
  }

  #complain (what) {
    id('live-problem').textContent = what
    id('live-problem').hidden = !what
  }
}
