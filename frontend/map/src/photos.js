// The day's photos: small in its list, as dots on the map where they were taken, and one larger.
import { get } from './api.js'
import { shifted, startOf } from './days.js'
import { clock } from './formats.js'
import { text } from './texts.js'

const MOST_IN_A_ROW = 6
const id = name => document.getElementById(name)

export class Photos {
  #zone
  #onPhotos
  #titleOf
  #photos = []
  #asked = null
  #shown = null

  /** `onPhotos` is called with the day's photos that have a position, as GeoJSON; `titleOf` names a journey. */
  constructor (zone, onPhotos, titleOf) {
    this.#zone = zone
    this.#onPhotos = onPhotos
    this.#titleOf = titleOf
    id('photo-close').addEventListener('click', () => id('photo').close())
    id('photo-before').addEventListener('click', () => this.#go(-1))
    id('photo-after').addEventListener('click', () => this.#go(1))
    id('photo').addEventListener('click', ({ target }) => { if (target === id('photo')) id('photo').close() })
    id('photo').addEventListener('close', () => id('photo-large').removeAttribute('src'))
    id('photo').addEventListener('keydown', event => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
      if (!step) return
      event.preventDefault()
      this.#go(step)
    })
  }

  /** Shows the photos of a day among its journeys, which the list shows already. */
  async show (day, journeys) {
    const mine = this.#asked = {}
    // Abroad the day begins and ends at other instants.
    const [start, end] = [startOf(day, this.#zone), startOf(shifted(day, 1), this.#zone)]
    const from = new Date(Math.min(start, ...journeys.map(({ begins }) => begins)))
    const to = new Date(Math.max(end, ...journeys.map(({ finishes }) => finishes)))
    const photos = await get('/v1/photos', { from: from.toISOString(), to: to.toISOString() }).catch(() => [])
    if (mine !== this.#asked) return
    this.#photos = photos.map(photo => {
      const taken = new Date(photo.taken_at)
      const journey = journeys.find(({ begins, finishes }) => begins <= taken && taken < finishes)
      const place = journey && journey.kind !== 'gap' ? `, ${this.#titleOf(journey)}` : ''
      return { ...photo, journey: journey?.id, title: `${text('photo')}, ${clock(taken, journey?.startZone ?? this.#zone)}${place}` }
    })
    this.#list()
    this.#onPhotos(this.#geojson())
  }

  /** Opens a photo by its number. */
  open (number) {
    const photo = this.#photos.find(photo => photo.id === number)
    if (!photo) return
    this.#shown = number
    id('photo-large').src = `/v1/photos/${number}/thumbnail?size=large`
    id('photo-large').alt = photo.title
    id('photo-title').textContent = photo.title
    id('photo-path').textContent = photo.path
    // Not disabled: that would lose the focus, and the keys with it.
    id('photo-before').setAttribute('aria-disabled', String(number === this.#photos[0].id))
    id('photo-after').setAttribute('aria-disabled', String(number === this.#photos.at(-1).id))
    if (!id('photo').open) id('photo').showModal()
  }

  #go (step) {
    const next = this.#photos[this.#photos.findIndex(({ id }) => id === this.#shown) + step]
    if (next) this.open(next.id)
  }

  /** Puts each photo below the journey on which it was taken; without one, below the list. */
  #list () {
    for (const row of id('journeys').querySelectorAll('.photos')) row.remove()
    const rows = new Map()
    for (const photo of this.#photos) rows.set(photo.journey, [...rows.get(photo.journey) ?? [], photo])
    for (const [journey, photos] of rows) {
      const row = document.createElement('div')
      row.className = 'photos'
      row.append(...photos.slice(0, MOST_IN_A_ROW).map(photo => this.#button(photo)))
      if (photos.length > MOST_IN_A_ROW) row.append(this.#more(photos))
      const button = id('journeys').querySelector(`button[data-id="${journey}"]`)
      if (button) button.parentElement.append(row)
      else id('journeys').append(row)
    }
  }

  #button (photo) {
    const button = document.createElement('button')
    const image = Object.assign(new Image(), { alt: photo.title, loading: 'lazy', width: 48, height: 48 })
    image.src = `/v1/photos/${photo.id}/thumbnail`
    button.type = 'button'
    button.append(image)
    button.addEventListener('click', () => this.open(photo.id))
    return button
  }

  #more (photos) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = `+${photos.length - MOST_IN_A_ROW}`
    button.setAttribute('aria-label', text('more_photos', { n: photos.length - MOST_IN_A_ROW }))
    button.addEventListener('click', () => this.open(photos[MOST_IN_A_ROW].id))
    return button
  }

  #geojson () {
    const features = this.#photos.filter(({ latitude }) => latitude !== null).map(({ id, longitude, latitude }) => (
      { type: 'Feature', geometry: { type: 'Point', coordinates: [longitude, latitude] }, properties: { id } }
    ))
    return { type: 'FeatureCollection', features }
  }
}
