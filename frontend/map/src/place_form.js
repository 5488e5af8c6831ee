// The form of a place: its name, kind and radius; where it is, is a click on the map.
import { send } from './api.js'
import { text } from './texts.js'

export const KINDS = [
  'home', 'work', 'school', 'family', 'friend', 'shop', 'food', 'sport', 'health', 'culture', 'nature', 'travel', 'other'
]
const DEFAULT_RADIUS_M = 100
const id = name => document.getElementById(name)

export class PlaceForm {
  #before = null
  #draft = null
  #onDraft
  #onChange

  /** `onDraft` is called with the place as it stands in the form, or null; `onChange` after the hub has changed. */
  constructor (onDraft, onChange) {
    this.#onDraft = onDraft
    this.#onChange = onChange
    id('place-kind').append(...KINDS.map(kind => new Option(text(`kind_${kind}`), kind)))
    id('place-form').addEventListener('submit', event => {
      event.preventDefault()
      this.#save()
    })
    for (const name of ['place-name', 'place-kind', 'place-radius']) id(name).addEventListener('input', event => this.#typed(event))
    id('place-cancel').addEventListener('click', () => this.close())
    id('place-remove').addEventListener('click', () => this.#remove())
    id('place').addEventListener('keydown', event => { if (event.key === 'Escape') this.close() })
  }

  get isOpen () {
    return id('place').open
  }

  /** Opens the form for a place, or for a position that has no name yet. */
  open ({ id: number = null, name = '', kind = 'other', latitude, longitude, radius_m: radius = DEFAULT_RADIUS_M }) {
    this.#before = { id: number, name, kind, latitude, longitude, radius_m: radius }
    this.#draft = { ...this.#before }
    id('place-title').textContent = text(number ? 'edit_place' : 'name_place')
    id('place-name').value = name
    id('place-kind').value = kind
    id('place-radius').value = radius
    id('place-remove').hidden = !number
    this.#complain('')
    if (!this.isOpen) id('place').show()
    id('place-name').focus()
    this.#show()
  }

  /** Moves the place to a position that was clicked. */
  moveTo ({ lat: latitude, lng: longitude }) {
    Object.assign(this.#draft, { latitude, longitude })
    this.#show()
  }

  close () {
    if (!this.isOpen) return
    id('place').close()
    this.#draft = null
    this.#onDraft(null)
  }

  #typed (event) {
    // Who types "Home" means home, unless they say otherwise.
    const named = KINDS.find(kind => text(`kind_${kind}`).toLowerCase() === id('place-name').value.trim().toLowerCase())
    if (event.target === id('place-name') && named) id('place-kind').value = named
    Object.assign(this.#draft, { name: id('place-name').value, kind: id('place-kind').value })
    if (id('place-radius').validity.valid) this.#draft.radius_m = id('place-radius').valueAsNumber
    this.#show()
  }

  #show () {
    this.#onDraft(this.#draft)
  }

  async #save () {
    const { id: number, ...place } = this.#draft
    const saved = await this.#try(() => number
      ? send('PUT', `/v1/places/${number}`, place)
      : send('POST', '/v1/places', place))
    if (!saved) return
    const { id: added, ...before } = this.#before
    this.#done(text('saved_place', { name: saved.name }), () => added
      ? send('PUT', `/v1/places/${added}`, before)
      : send('DELETE', `/v1/places/${saved.id}`))
  }

  async #remove () {
    const { id: number, ...place } = this.#draft
    if (await this.#try(() => send('DELETE', `/v1/places/${number}`))) {
      this.#done(text('removed_place', { name: place.name }), () => send('POST', '/v1/places', place))
    }
  }

  async #try (change) {
    id('place-form').setAttribute('aria-busy', 'true')
    try {
      return await change()
    } catch (error) {
      this.#complain(error.status ? error.message : text('not_saved'))
      return null
    } finally {
      id('place-form').setAttribute('aria-busy', 'false')
    }
  }

  #done (what, undo) {
    this.close()
    this.#onChange(what, undo)
  }

  #complain (what) {
    id('place-problem').textContent = what
    id('place-problem').hidden = !what
  }
}
