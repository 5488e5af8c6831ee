// The map: what it draws, and what was clicked on it.
import { AttributionControl, Map, NavigationControl, Popup, ScaleControl } from 'maplibre-gl'
import { CREDITS, LOCALE } from './base_map.js'
import { plural, text } from './texts.js'
import { duration } from './formats.js'
import { boundsOf, geojson } from './journeys.js'
import { pictureOf } from './picture.js'
import { credits, creditsAsHtml } from './region.js'
import { onTheme } from './palette.js'
import { style } from './style.js'

const STILL = matchMedia('(prefers-reduced-motion: reduce)')
const IS_FRAMED = parent !== window
const TILED = ['journeys', 'heat', 'explored']
const FITTED = { padding: 12, maxZoom: 16 }

export class JourneysMap {
  #map
  #look
  #tellTrip
  #data = { day: [], chosen: [], now: [], replay: null, places: points([]), steps: points([]), measured: points([]), photos: points([]), track: points([]) }

  /**
   * Draws into an element, with controls: those of the owner, and of everyone. `onJourney` is called with one that was clicked,
   * `onModes` with those of the trips in view. In a frame it neither keeps its view in the address nor takes the wheel of the page
   * around it, and `tellTrip` says what is known of a trip. Throws where the browser has no WebGL 2.
   */
  constructor (element, look, { search, visits, places, corrections, measure, live, photos }, onJourney, onModes, { tellTrip } = {}) {
    this.#look = look
    this.#tellTrip = tellTrip
    this.hasView = Boolean(look.bounds) || location.hash.split('/').length >= 3
    this.#map = new Map({
      container: element, style: style(this.#look), hash: !IS_FRAMED, locale: LOCALE, attributionControl: false,
      center: [15, 45], zoom: 2.2, maxZoom: 19, fadeDuration: 0, maxPitch: 0, cooperativeGestures: IS_FRAMED, bounds: look.bounds,
      fitBoundsOptions: FITTED
    })
    this.#map.touchZoomRotate.disableRotation()
    this.#map.addControl(new AttributionControl({ compact: true, customAttribution: [CREDITS, ...creditsAsHtml()] }))
    this.#map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
    this.#map.addControl(new ScaleControl({ maxWidth: 120 }))
    const controls = [search, visits, places, corrections, measure, live].filter(Boolean)
    for (const control of controls) this.#map.addControl(control, 'top-right')
    this.#map.on('style.load', () => this.#fill())
    this.#map.on('click', ({ lngLat, point }) => {
      if (measure?.isMeasuring) measure.add(lngLat)
      else if (live?.isChoosing) live.moveTo(lngLat)
      else if (places?.isPlacing) places.moveTo(lngLat)
      else if (corrections?.isMoving) corrections.moveTo(lngLat)
      else if (visits?.isChoosing) visits.ask(lngLat)
      else this.#click(point, lngLat, onJourney, photos)
    })
    for (const layer of ['day-lines', 'day-stays', 'stays', 'photos', ...tellTrip ? ['trips'] : []]) {
      this.#map.on('mouseenter', layer, () => { this.#map.getCanvas().style.cursor = 'pointer' })
      this.#map.on('mouseleave', layer, () => { this.#map.getCanvas().style.cursor = '' })
    }
    onTheme(() => this.show({}))
    this.#map.on('idle', () => onModes(this.#modes()))
  }

  /** Returns the modes of the trips in view. */
  #modes () {
    const trips = this.#map.querySourceFeatures('journeys', { sourceLayer: 'trips' })
    const ofDay = this.#data.day.filter(({ kind }) => kind === 'trip').map(({ mode }) => mode ?? 'unknown')
    return new Set([...trips.map(({ properties }) => properties.mode), ...ofDay])
  }

  /** Changes tiles, colours, devices, or whether a day stands out. */
  show (changes) {
    this.#look = { ...this.#look, ...changes }
    const wanted = style(this.#look)
    for (const name of TILED) this.#askForTiles(name, wanted.sources[name].tiles)
    this.#map.setStyle(wanted, { diff: true })
    this.#fill()
  }

  /** Has a source ask for other tiles, which take the place of those shown one by one: by another style they would be gone first. */
  #askForTiles (name, tiles) {
    const source = this.#map.getSource(name)
    if (source && source.tiles?.[0] !== tiles[0]) source.setTiles(tiles)
  }

  /** Asks for the tiles again: journeys have changed. */
  reload () {
    for (const source of TILED) this.#map.refreshTiles(source)
  }

  /** Shows a day's journeys, and moves there unless the view was chosen. */
  showDay (journeys, { move }) {
    this.#data = { ...this.#data, day: journeys, chosen: [], replay: null }
    this.#fill()
    if (move) this.moveTo(journeys)
  }

  /** Makes journeys stand out. */
  choose (journeys, { move = true } = {}) {
    this.#data.chosen = journeys
    this.#fill()
    if (move) this.moveTo(journeys)
  }

  /** Shows where devices are now. */
  showNow (positions) {
    this.#data.now = positions
    this.#fill()
    if (!this.hasView && !this.#data.day.length && positions.length) {
      const xs = positions.map(({ longitude }) => longitude)
      const ys = positions.map(({ latitude }) => latitude)
      this.#moveTo([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)])
    }
  }

  /** Shows where a device was at a moment of the replay; null: nowhere known. */
  showMoment (position) {
    this.#data.replay = position
    this.#fill('replay')
  }

  /** Shows places, as GeoJSON. */
  showPlaces (places) {
    this.#data.places = places
    this.#fill('places')
  }

  /** Shows the steps of a way as GeoJSON, coloured by their values from the least to the most. */
  showSteps (steps, span) {
    this.#data.steps = steps
    this.show({ span })
  }

  /** Shows positions beside the trips, as GeoJSON. */
  showTrack (track) {
    this.#data.track = track
    this.#fill('track')
  }

  /** Moves at once to where all within some bounds is seen. */
  showWhole (bounds) {
    this.#map.fitBounds(bounds, { ...FITTED, duration: 0 })
  }

  /** Calls a function whenever another part of the map is shown. */
  onMove (moved) {
    this.#map.on('moveend', moved)
  }

  /** Returns the part of the map that is shown, as the map page's address has it. */
  get hash () {
    const { lng, lat } = this.#map.getCenter()
    return `#${this.#map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`
  }

  /** Shows what was measured, as GeoJSON. */
  showMeasured (line) {
    this.#data.measured = line
    this.#fill('measured')
  }

  /** Shows where photos were taken, as GeoJSON. */
  showPhotos (photos) {
    this.#data.photos = photos
    this.#fill('photos')
  }

  /** Returns what is shown as a canvas. */
  picture (title) {
    return pictureOf(this.#map, title, [CREDITS, ...credits()].join(' · '))
  }

  #fill (only) {
    const { day, chosen, now, replay, places, steps, measured, photos, track } = this.#data
    const contents = {
      day: () => geojson(day),
      chosen: () => geojson(chosen),
      now: () => points(now.map(({ latitude, longitude, name }) => [[longitude, latitude], { name }])),
      replay: () => points(replay ? [[replay, {}]] : []),
      places: () => places,
      steps: () => steps,
      measured: () => measured,
      photos: () => photos,
      track: () => track
    }
    for (const [name, content] of Object.entries(contents)) {
      if (!only || only === name) this.#map.getSource(name)?.setData(content())
    }
  }

  /** Moves to where journeys are. */
  moveTo (journeys) {
    this.#moveTo(boundsOf(journeys))
  }

  /** Moves to a position, so close that a place, a city, a region or a country fits. */
  flyTo ({ latitude, longitude, kind }) {
    this.#moveTo([longitude, latitude, longitude, latitude], { city: 11, region: 7, country: 5 }[kind])
  }

  #moveTo (bounds, maxZoom = 16) {
    if (!bounds) return
    this.hasView = true
    this.#map.fitBounds(bounds, { padding: 56, maxZoom, duration: STILL.matches ? 0 : 600 })
  }

  #click (point, lngLat, onJourney, photos) {
    const layers = ['photos', 'day-lines', 'day-stays', 'stays', ...this.#tellTrip ? ['trips'] : []].filter(layer => this.#map.getLayer(layer))
    const [found] = this.#map.queryRenderedFeatures(point, { layers })
    if (found?.layer.id === 'photos') this.#openPhoto(found, photos)
    else if (found?.layer.id === 'stays') this.#tell(stayed(found.properties), lngLat)
    else if (found?.layer.id === 'trips') this.#tell(this.#tellTrip(found.properties), lngLat)
    else if (found) onJourney(found.properties.id)
  }

  /** Opens a photo, or the first of those that are drawn as one dot. */
  async #openPhoto ({ properties: { id, cluster_id: cluster } }, photos) {
    if (cluster === undefined) return photos.open(id)
    const [first] = await this.#map.getSource('photos').getClusterLeaves(cluster, 1, 0)
    photos.open(first.properties.id)
  }

  #tell (what, lngLat) {
    new Popup({ closeButton: false }).setLngLat(lngLat).setText(what).addTo(this.#map)
  }
}

const stayed = ({ visits, hours }) => `${plural('visits', Math.max(1, visits))} · ${text('here', { time: duration(hours * 3600) })}`

const points = places => ({
  type: 'FeatureCollection',
  features: places.map(([coordinates, properties]) => ({ type: 'Feature', geometry: { type: 'Point', coordinates }, properties }))
})
