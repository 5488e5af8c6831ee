// The owner's own map under the journeys: a PMTiles archive of a region, or a server's pictures. Both are settings of the hub.
import { PMTiles } from 'pmtiles'
import { language } from './texts.js'
import { palette } from './palette.js'

const { tiles, region, attribution } = document.documentElement.dataset
const PICTURES = new Set([2, 3, 4, 5])
const at = (...stops) => ['interpolate', ['exponential', 1.5], ['zoom'], ...stops]
let kind = null

/** Finds out what the archive holds: vector tiles, or pictures. Without one, or where it can't be read, there is nothing to draw. */
export async function openRegion (protocol) {
  if (!region) return
  try {
    const archive = new PMTiles(new URL(region, location.origin).href)
    protocol.add(archive)
    const { tileType } = await archive.getHeader()
    kind = PICTURES.has(tileType) ? 'pictures' : 'vector'
  } catch (error) {
    console.warn('The map file can not be read.', error)
  }
}

/** Returns whom to name for what is drawn. */
export const credits = () => (kind || tiles) && attribution ? [attribution] : []

/** Returns the same as HTML. */
export const creditsAsHtml = () => credits().map(name => new Option(name).innerHTML)

/** Returns the sources of the style. */
export function regionSources () {
  const sources = {}
  if (tiles) {
    // A template may name several hosts of one server.
    const hosts = tiles.includes('{s}') ? ['a', 'b', 'c'].map(host => tiles.replace('{s}', host)) : [tiles]
    sources.tiles = { type: 'raster', tiles: hosts.map(host => host.replace('{r}', '')), tileSize: 256, maxzoom: 19 }
  }
  if (kind) {
    const url = `pmtiles://${new URL(region, location.origin).href}`
    sources.region = kind === 'vector' ? { type: 'vector', url } : { type: 'raster', url, tileSize: 256 }
  }
  return sources
}

/** Returns what is drawn above the base and below its names: ground, water, buildings and roads. */
export function regionGround () {
  const layers = []
  if (tiles) layers.push({ id: 'tiles', type: 'raster', source: 'tiles' })
  if (kind === 'pictures') layers.push({ id: 'region', type: 'raster', source: 'region' })
  return kind === 'vector' ? [...layers, ...vectorGround()] : layers
}

/** Returns the names of streets and places. */
export function regionNames () {
  if (kind !== 'vector') return []
  const { ink, halo } = palette()
  const paint = { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 1.4 }
  const name = ['coalesce', ['get', `name:${language}`], ['get', 'name']]
  const font = { 'text-font': ['sans-serif'] }
  return [
    {
      id: 'region-street-names', type: 'symbol', source: 'region', 'source-layer': 'roads', minzoom: 14, paint,
      layout: { ...font, 'symbol-placement': 'line', 'text-field': name, 'text-size': at(14, 10, 18, 14) }
    },
    {
      id: 'region-place-names', type: 'symbol', source: 'region', 'source-layer': 'places', minzoom: 8, paint,
      filter: ['in', ['get', 'kind'], ['literal', ['locality', 'neighbourhood', 'macrohood']]],
      layout: {
        ...font, 'text-field': name, 'text-size': at(8, 11, 15, 15), 'text-padding': 6,
        'symbol-sort-key': ['-', ['coalesce', ['get', 'population_rank'], 0]]
      }
    }
  ]
}

// The layers of Protomaps' basemap (https://docs.protomaps.com/basemaps/layers).
function vectorGround () {
  const { land, sea, green, built, road, street, border } = palette()
  const layer = (id, type, from, filter, paint, more = {}) => (
    { id: `region-${id}`, type, source: 'region', 'source-layer': from, filter, paint, ...more }
  )
  const kinds = (...names) => ['in', ['get', 'kind'], ['literal', names]]
  const isArea = ['==', ['geometry-type'], 'Polygon']
  const isLine = ['==', ['geometry-type'], 'LineString']
  const round = { layout: { 'line-cap': 'round', 'line-join': 'round' } }
  const roads = (id, which, colour, width, minzoom = 5) => layer(id, 'line', 'roads', which, {
    'line-color': colour, 'line-width': width
  }, { ...round, minzoom })
  return [
    layer('earth', 'fill', 'earth', isArea, { 'fill-color': land }),
    layer('green', 'fill', 'landuse', kinds(
      'park', 'forest', 'wood', 'nature_reserve', 'national_park', 'protected_area', 'grass', 'meadow', 'golf_course', 'cemetery'
    ), { 'fill-color': green }),
    layer('water', 'fill', 'water', isArea, { 'fill-color': sea }),
    layer('streams', 'line', 'water', isLine, { 'line-color': sea, 'line-width': at(8, 0.6, 14, 2.5) }, round),
    layer('buildings', 'fill', 'buildings', isArea, { 'fill-color': built }, { minzoom: 14 }),
    roads('paths', kinds('path', 'other'), border, at(13, 0.5, 18, 2.5), 13),
    roads('rails', kinds('rail'), border, at(8, 0.5, 16, 2), 8),
    roads('edges', kinds('minor_road', 'major_road', 'highway'), border, at(9, 0, 12, 1.6, 18, 22), 9),
    roads('streets', kinds('minor_road'), street, at(11, 0.4, 14, 2.5, 18, 16), 11),
    roads('roads', kinds('major_road'), road, at(7, 0.6, 12, 2, 18, 18)),
    roads('highways', kinds('highway'), road, at(5, 0.6, 12, 3, 18, 22))
  ]
}
