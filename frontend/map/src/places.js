// The owner's places: on the map, as a list, and where devices often were but no place is.
import { get } from './api.js'
import { shortDay } from './formats.js'
import { dayOf } from './days.js'
import { metresBetween } from './journeys.js'
import { alone, mapButton } from './map_button.js'
import { PlaceForm } from './place_form.js'
import { plural, text } from './texts.js'

const CORNERS = 48
const id = name => document.getElementById(name)

/** A button of the map that opens the list of places, and what keeps both up to date. */
export class Places {
  #places = []
  #suggestions = []
  #draft = null
  #zone
  #show
  #onPlace
  #form
  #button

  /** `show` draws places; `onPlace` is called with one that was chosen; `onChange` with what was done, and how to undo it. */
  constructor (zone, show, onPlace, onChange) {
    this.#zone = zone
    this.#show = show
    this.#onPlace = onPlace
    this.#form = new PlaceForm(draft => {
      this.#draft = draft
      this.#draw()
    }, async (what, undo) => {
      await this.load()
      onChange(what, undo)
    })
    id('places-close').addEventListener('click', () => this.#unfold(false))
    id('places').addEventListener('keydown', event => { if (event.key === 'Escape') this.#unfold(false) })
  }

  onAdd () {
    this.#button = mapButton('places', text('places'), () => this.#unfold(!id('places').open))
    this.#button.setAttribute('aria-controls', 'places')
    this.#unfold(false)
    return alone(this.#button)
  }

  onRemove () {
    this.#button.parentElement.remove()
  }

  /** Whether a click on the map is for the form. */
  get isPlacing () {
    return this.#form.isOpen
  }

  /** Takes a click for the form. */
  moveTo (position) {
    this.#form.moveTo(position.wrap())
  }

  /** Asks for all places, and draws them. */
  async load () {
    this.#places = await get('/v1/places')
    this.#draw()
    if (id('places').open) await this.#list()
  }

  /** Returns the place that reaches a position, the nearest of several; undefined: none. */
  at (position) {
    const reach = this.#places.map(place => [metresBetween(place, position), place])
    return reach.filter(([metres, { radius_m: radius }]) => metres <= radius).sort(([one], [other]) => one - other)[0]?.[1]
  }

  /** Opens the form for the place at a position, or for a new one there. */
  edit (position) {
    this.#unfold(false)
    const { latitude, longitude } = position
    this.#form.open(this.at(position) ?? { latitude, longitude })
  }

  #draw () {
    const others = this.#places.filter(({ id: number }) => number !== this.#draft?.id)
    this.#show(placesAsGeojson(this.#draft ? [...others, { ...this.#draft, isDraft: true }] : others))
  }

  async #unfold (isOpen) {
    this.#button?.setAttribute('aria-expanded', String(isOpen))
    if (isOpen === id('places').open) return
    if (!isOpen) return id('places').close()
    this.#form.close()
    id('places').show()
    await this.#list()
  }

  async #list () {
    this.#suggestions = await get('/v1/places/suggestions').catch(() => [])
    id('places-own').replaceChildren(...this.#places.map(place => this.#item(place)))
    id('places-none').hidden = this.#places.length > 0
    id('places-suggested').hidden = !this.#suggestions.length
    id('places-suggestions').replaceChildren(...this.#suggestions.map(place => this.#suggestion(place)))
  }

  #item (place) {
    const last = place.last_visit ? shortDay(dayOf(new Date(place.last_visit), this.#zone)) : text('never_visited')
    const details = [text(`kind_${place.kind}`), plural('visits', place.visits), last].join(' · ')
    const item = line(place.name, details, () => this.#onPlace(place))
    item.append(action(text('edit'), text('edit_named', { name: place.name }), () => this.edit(place)))
    return item
  }

  #suggestion (place) {
    const title = place.city ? text('near_city', { city: place.city }) : text('unnamed')
    const hours = text('hours_there', { hours: Math.round(place.hours) })
    const item = line(title, `${plural('visits', place.visits)} · ${hours}`, () => this.#onPlace(place))
    item.append(action(text('name_it'), `${text('name_it')}: ${title}, ${hours}`, () => {
      this.#onPlace(place, { isAsked: false })
      this.edit(place)
    }))
    return item
  }
}

function line (title, details, onClick) {
  const item = document.createElement('li')
  const button = document.createElement('button')
  const strong = document.createElement('strong')
  const small = document.createElement('small')
  strong.textContent = title
  small.textContent = details
  button.type = 'button'
  button.append(strong, small)
  button.addEventListener('click', onClick)
  item.append(button)
  return item
}

function action (label, description, run) {
  const button = document.createElement('button')
  Object.assign(button, { type: 'button', className: 'action', textContent: label })
  button.setAttribute('aria-label', description)
  button.addEventListener('click', run)
  return button
}

/** Returns places as GeoJSON: a circle on the ground and a point with the name for each. */
function placesAsGeojson (places) {
  const features = places.flatMap(({ name, latitude, longitude, radius_m: radius, isDraft = false }) => {
    const properties = { name, isDraft }
    return [
      { type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [circle(latitude, longitude, radius)] } },
      { type: 'Feature', properties, geometry: { type: 'Point', coordinates: [longitude, latitude] } }
    ]
  })
  return { type: 'FeatureCollection', features }
}

function circle (latitude, longitude, radius) {
  const north = radius / 111_195
  const east = north / Math.max(Math.cos(latitude * Math.PI / 180), 0.01)
  return Array.from({ length: CORNERS + 1 }, (_, corner) => {
    const angle = 2 * Math.PI * corner / CORNERS
    return [longitude + east * Math.sin(angle), latitude + north * Math.cos(angle)]
  })
}
