// The map of a share link.
import { AttributionControl, Map, NavigationControl, ScaleControl } from 'maplibre-gl'
import { CREDITS, LOCALE } from './base_map.js'
import { boundsOf, geojson } from './journeys.js'
import { creditsAsHtml } from './region.js'
import { sharedStyle } from './style.js'

const STILL = matchMedia('(prefers-reduced-motion: reduce)')
const NARROW = matchMedia('(max-width: 760px)')

export class SharedMap {
  #map
  #data = { moves: [], cells: [], squares: squaresAsGeojson([]) }

  /** Throws where the browser has no WebGL 2. */
  constructor (element) {
    this.#map = new Map({
      container: element, style: sharedStyle(), locale: LOCALE, attributionControl: false,
      center: [15, 45], zoom: 2.2, maxZoom: 19, fadeDuration: 0, maxPitch: 0
    })
    this.#map.touchZoomRotate.disableRotation()
    this.#map.addControl(new AttributionControl({ compact: true, customAttribution: [CREDITS, ...creditsAsHtml()] }))
    this.#map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
    this.#map.addControl(new ScaleControl({ maxWidth: 120 }))
    this.#map.on('style.load', () => this.#fill())
  }

  /** Draws legs and cells, and moves there. */
  show (moves, cells, { move, maxZoom = 15 }) {
    const trips = moves.map((one, number) => ({ ...one, id: number, kind: 'trip' }))
    const dots = cells.map((cell, number) => ({ ...cell, id: number, kind: 'stay' }))
    this.#data = { ...this.#data, moves: trips, cells: dots }
    this.#fill()
    const bounds = boundsOf([...trips, ...dots])
    if (move && bounds) this.#moveTo(bounds, maxZoom)
  }

  /** Draws squares of zoom 13, each a column and a row, and moves there. */
  showSquares (squares, { move }) {
    this.#data = { ...this.#data, squares: squaresAsGeojson(squares) }
    this.#fill()
    if (!move || !squares.length) return
    const [xs, ys] = [squares.map(([x]) => x), squares.map(([, y]) => y)]
    const [west, east] = [Math.min(...xs), Math.max(...xs) + 1].map(longitudeOf)
    const [north, south] = [Math.min(...ys), Math.max(...ys) + 1].map(latitudeOf)
    this.#moveTo([west, south, east, north], 8)
  }

  #moveTo (bounds, maxZoom) {
    // Beside what is written over the map.
    const padding = NARROW.matches ? 48 : { top: 64, bottom: 64, right: 64, left: 430 }
    this.#map.fitBounds(bounds, { padding, maxZoom, duration: STILL.matches ? 0 : 600 })
  }

  /** Follows a position that has left the view. */
  keepInView (position) {
    if (!this.#map.getBounds().contains(position)) this.#map.easeTo({ center: position, duration: STILL.matches ? 0 : 600 })
  }

  /** Draws in the theme's colours. */
  restyle () {
    this.#map.setStyle(sharedStyle(), { diff: true })
    this.#fill()
  }

  #fill () {
    const { moves, cells, squares } = this.#data
    this.#map.getSource('moves')?.setData(geojson(moves))
    this.#map.getSource('cells')?.setData(geojson(cells))
    this.#map.getSource('squares')?.setData(squares)
  }
}

// Web Mercator: https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames
const SQUARES = 2 ** 13
const longitudeOf = x => x / SQUARES * 360 - 180
const latitudeOf = y => Math.atan(Math.sinh(Math.PI * (1 - 2 * y / SQUARES))) * 180 / Math.PI

function squaresAsGeojson (squares) {
  const features = squares.map(([x, y]) => {
    const [west, east, north, south] = [longitudeOf(x), longitudeOf(x + 1), latitudeOf(y), latitudeOf(y + 1)]
    const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } }
  })
  return { type: 'FeatureCollection', features }
}
