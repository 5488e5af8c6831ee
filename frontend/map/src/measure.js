// Distances on the map: a line from click to click.
import { LngLat } from 'maplibre-gl'
import { distance } from './formats.js'
import { alone, mapButton } from './map_button.js'
import { text } from './texts.js'

/** A button of the map that measures along the positions clicked next. */
export class Measure {
  #map
  #button
  #points = []
  #show

  /** `show` draws GeoJSON. */
  constructor (show) {
    this.#show = show
  }

  onAdd (map) {
    this.#map = map
    this.#button = mapButton('measure', text('measure'), () => this.#toggle(!this.isMeasuring), { isDrawn: true })
    map.getCanvas().addEventListener('keydown', event => this.isMeasuring && this.#press(event))
    this.#toggle(false)
    return alone(this.#button)
  }

  onRemove () {
    this.#button.parentElement.remove()
  }

  /** Whether clicks measure. */
  get isMeasuring () {
    return this.#button.getAttribute('aria-pressed') === 'true'
  }

  /** Adds a position to the line. */
  add (position) {
    this.#points.push(LngLat.convert(position))
    this.#draw()
  }

  #press (event) {
    if (event.key === 'Escape') return this.#toggle(false)
    if (event.key === 'Backspace') this.#points.pop()
    // A keyboard has no pointer: it measures from the middle of the map.
    else if (event.key === 'Enter') this.#points.push(this.#map.getCenter())
    else return
    event.preventDefault()
    this.#draw()
  }

  #toggle (isMeasuring) {
    this.#button.setAttribute('aria-pressed', String(isMeasuring))
    this.#map.getContainer().classList.toggle('choosing', isMeasuring)
    this.#points = []
    this.#draw()
    if (isMeasuring) this.#map.getCanvas().focus()
  }

  #draw () {
    const metres = this.#points.slice(1).reduce((sum, point, index) => sum + this.#points[index].distanceTo(point), 0)
    const coordinates = this.#points.map(point => point.toArray())
    const features = coordinates.map((position, index) => ({
      type: 'Feature', geometry: { type: 'Point', coordinates: position },
      properties: { label: index && index === coordinates.length - 1 ? distance(metres) : '' }
    }))
    if (coordinates.length > 1) features.push({ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties: {} })
    this.#show({ type: 'FeatureCollection', features }, coordinates.length > 1 ? text('measured', { distance: distance(metres) }) : '')
  }
}
