// The map's style: the base, all journeys, the day's, and where devices are now.
import { language } from './texts.js'
import { MODES, colourOfDevice, colourOfMode, palette } from './palette.js'
import { regionGround, regionNames, regionSources } from './region.js'

const EMPTY = { type: 'FeatureCollection', features: [] }
const WIDTH = ['interpolate', ['linear'], ['zoom'], 3, 1, 10, 1.8, 16, 3.2]
/** Looks whose colours are not those of trips: heat, explored land, and the steps of a way. */
const PLAIN = ['altitude', 'way', 'heat', 'explored']
const DAY_WIDTH = ['interpolate', ['linear'], ['zoom'], 3, 3, 10, 4, 16, 6]

/** The speeds in km/h at which the colours of the scale are. */
export const SPEEDS = [0, 15, 45, 90, 130]

/** Returns the colour of a line as an expression: by mode, device, speed or age; one colour for all beneath what is PLAIN. */
export function lineColour ({ colour: by, devices, first, last }) {
  if (by === 'speed') return scaled(['get', 'kmh'], SPEEDS)
  if (by === 'age' && first) return scaled(['get', 'starts'], between(Date.parse(first) / 1000, Date.parse(last) / 1000 + 86_400))
  if (PLAIN.includes(by)) return palette().ink
  if (by === 'device') {
    const pairs = devices.flatMap(({ id }, position) => [id, colourOfDevice(position)])
    return pairs.length ? ['match', ['get', 'device_id'], ...pairs, colourOfDevice(7)] : colourOfDevice(0)
  }
  return ['match', ['get', 'mode'], ...MODES.slice(0, -1).flatMap(mode => [mode, colourOfMode(mode)]), colourOfMode('unknown')]
}

/** Returns five numbers from one to another. */
export const between = (least, most) => [0, 1, 2, 3, 4].map(step => least + (most - least || 1) * step / 4)

/** Returns the scale's colour for a value, as an expression. */
function scaled (value, stops) {
  return ['interpolate', ['linear'], value, ...stops.flatMap((stop, step) => [stop, palette().scale[step]])]
}

/** Returns for how long devices were somewhere, as a glow. */
function heatLayer (isShown) {
  const [least, ...more] = palette().heat
  return {
    id: 'heat', type: 'heatmap', source: 'heat', 'source-layer': 'heat', layout: { visibility: isShown ? 'visible' : 'none' },
    paint: {
      // A night counts more than a minute, but not 500 times as much.
      'heatmap-weight': ['min', 1, ['/', ['ln', ['+', 1, ['get', 'seconds']]], 14]],
      'heatmap-intensity': ['interpolate', ['linear'], ['zoom'], 2, 0.5, 8, 0.35, 14, 0.8],
      'heatmap-radius': ['interpolate', ['linear'], ['zoom'], 2, 7, 10, 9, 14, 12, 18, 40],
      'heatmap-color': [
        'interpolate', ['linear'], ['heatmap-density'], 0, `${least}00`, 0.06, least,
        ...more.flatMap((colour, step) => [0.25 + step * 0.35, colour])
      ],
      'heatmap-opacity': 0.85
    }
  }
}

/** Returns what is not explored yet, as fog. */
function fogLayer (isShown) {
  return {
    id: 'fog', type: 'fill', source: 'explored', 'source-layer': 'fog', layout: { visibility: isShown ? 'visible' : 'none' },
    paint: { 'fill-color': palette().fog, 'fill-opacity': 0.42, 'fill-antialias': false }
  }
}

/** Returns the base's areas and lines. */
function ground () {
  const { sea, land, coast, border } = palette()
  const base = (id, type, layer, paint, more = {}) => ({ id, type, source: 'base', 'source-layer': layer, paint, ...more })
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': sea } },
    base('land', 'fill', 'land', { 'fill-color': land }),
    base('lakes', 'fill', 'lakes', { 'fill-color': sea }),
    base('coast', 'line', 'land', { 'line-color': coast, 'line-width': 1 }),
    base('shores', 'line', 'lakes', { 'line-color': coast, 'line-width': 0.6 }),
    base('regions', 'line', 'regions', { 'line-color': border, 'line-width': 0.6, 'line-opacity': 0.6, 'line-dasharray': [3, 3] }, { minzoom: 5 }),
    base('borders', 'line', 'borders', { 'line-color': border, 'line-width': ['interpolate', ['linear'], ['zoom'], 2, 0.8, 8, 1.8] })
  ]
}

/** Returns the base's names, above the journeys of all time and below the day's. */
function names () {
  const { ink, halo } = palette()
  const paint = { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 1.4 }
  const country = language === 'pl' ? ['coalesce', ['get', 'name_pl'], ['get', 'name']] : ['get', 'name']
  return [
    {
      id: 'cities', type: 'symbol', source: 'base', 'source-layer': 'cities', paint,
      layout: {
        'text-field': ['get', 'name'], 'text-font': ['sans-serif'], 'text-padding': 6,
        'text-size': ['interpolate', ['linear'], ['log10', ['max', 1000, ['get', 'population']]], 4, 11, 6.5, 15],
        'symbol-sort-key': ['-', ['get', 'population']]
      }
    },
    {
      id: 'countries', type: 'symbol', source: 'base', 'source-layer': 'countries', maxzoom: 6,
      // Small countries come when there is room for them.
      filter: ['>=', ['get', 'square_km'], ['step', ['zoom'], 400_000, 3, 50_000, 4, 5_000, 5, 0]],
      paint: { ...paint, 'text-opacity': 0.75 },
      layout: {
        'text-field': country, 'text-font': ['sans-serif'], 'text-size': 12, 'text-transform': 'uppercase',
        'text-letter-spacing': 0.12, 'text-max-width': 7, 'symbol-sort-key': ['-', ['get', 'square_km']]
      }
    }
  ]
}

/** Returns the owner's places: the ground they reach over, and their names. */
function placeLayers () {
  const { ink, halo, last, day } = palette()
  const colour = ['case', ['get', 'isDraft'], last, day]
  const isArea = ['==', ['geometry-type'], 'Polygon']
  return [
    {
      id: 'places-ground', type: 'fill', source: 'places', minzoom: 11, filter: isArea,
      paint: { 'fill-color': colour, 'fill-opacity': ['case', ['get', 'isDraft'], 0.22, 0.06] }
    },
    {
      id: 'places-edge', type: 'line', source: 'places', minzoom: 11, filter: isArea,
      paint: { 'line-color': colour, 'line-width': ['case', ['get', 'isDraft'], 2, 1], 'line-opacity': 0.6 }
    },
    {
      id: 'places-names', type: 'symbol', source: 'places', minzoom: 9, filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'text-field': ['get', 'name'], 'text-font': ['sans-serif'], 'text-size': 13, 'text-offset': [0, 1.1],
        'text-anchor': 'top', 'text-optional': true
      },
      paint: { 'text-color': ['case', ['get', 'isDraft'], last, ink], 'text-halo-color': halo, 'text-halo-width': 2 }
    }
  ]
}

/** Returns positions, and lines through them, under the trips that were made of them. */
function trackLayers () {
  const { ink } = palette()
  return [
    { id: 'track', type: 'line', source: 'track', layout: { 'line-join': 'round' }, paint: { 'line-color': ink, 'line-width': 1, 'line-opacity': 0.6 } },
    { id: 'track-positions', type: 'circle', source: 'track', paint: { 'circle-color': ink, 'circle-radius': 2.2, 'circle-opacity': 0.7 } }
  ]
}

/** Returns dots where photos were taken; several near each other are one with their number. */
function photoLayers () {
  const { halo, series } = palette()
  return [
    {
      id: 'photos', type: 'circle', source: 'photos',
      paint: {
        'circle-color': series[3], 'circle-radius': ['case', ['has', 'point_count'], 11, 7],
        'circle-stroke-color': halo, 'circle-stroke-width': 2
      }
    },
    {
      id: 'photos-count', type: 'symbol', source: 'photos', filter: ['has', 'point_count'],
      layout: { 'text-field': ['get', 'point_count_abbreviated'], 'text-font': ['sans-serif'], 'text-size': 12, 'text-allow-overlap': true },
      paint: { 'text-color': halo }
    }
  ]
}

/** Returns the line that was measured, and its length. */
function measureLayers () {
  const { halo, day } = palette()
  return [
    {
      id: 'measured-line', type: 'line', source: 'measured', filter: ['==', ['geometry-type'], 'LineString'],
      paint: { 'line-color': day, 'line-width': 2.5, 'line-dasharray': [2, 1.5] }
    },
    {
      id: 'measured-points', type: 'circle', source: 'measured', filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-radius': 4, 'circle-color': halo, 'circle-stroke-color': day, 'circle-stroke-width': 2 }
    },
    {
      id: 'measured-length', type: 'symbol', source: 'measured', filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'text-field': ['get', 'label'], 'text-font': ['sans-serif'], 'text-size': 15, 'text-offset': [0, -1.2],
        'text-allow-overlap': true, 'text-ignore-placement': true
      },
      paint: { 'text-color': day, 'text-halo-color': halo, 'text-halo-width': 2.5 }
    }
  ]
}

/** Returns the style of what a share link shows, for the page's theme. */
export function sharedStyle () {
  const { halo, last } = palette()
  const round = { 'line-join': 'round', 'line-cap': 'round' }
  return {
    version: 8,
    sources: { ...baseSources(), squares: { type: 'geojson', data: EMPTY }, moves: { type: 'geojson', data: EMPTY }, cells: { type: 'geojson', data: EMPTY } },
    layers: [
      ...ground(), ...regionGround(),
      { id: 'squares', type: 'fill', source: 'squares', paint: { 'fill-color': last, 'fill-opacity': 0.55, 'fill-antialias': false } },
      ...names(), ...regionNames(),
      {
        id: 'moves-casing', type: 'line', source: 'moves', layout: round,
        paint: { 'line-color': halo, 'line-width': ['interpolate', ['linear'], ['zoom'], 3, 6, 10, 8, 16, 11] }
      },
      {
        id: 'moves', type: 'line', source: 'moves', layout: round,
        paint: { 'line-color': lineColour({ colour: 'mode' }), 'line-width': ['interpolate', ['linear'], ['zoom'], 3, 3, 10, 5, 16, 7] }
      },
      {
        id: 'cells', type: 'circle', source: 'cells',
        paint: { 'circle-radius': 7, 'circle-color': last, 'circle-opacity': 0.85, 'circle-stroke-color': halo, 'circle-stroke-width': 2 }
      }
    ]
  }
}

/** Returns the sources of the base. */
const baseSources = () => ({
  base: { type: 'vector', url: `pmtiles://${location.origin}/map/base.pmtiles` }, ...regionSources()
})

/** Returns the style for the page's theme. */
export function style (look) {
  const { tiles, colour, isDay, span } = look
  const { ink, halo, last, day } = palette()
  const lines = lineColour(look)
  const isPlain = PLAIN.includes(colour)
  return {
    version: 8,
    sources: {
      ...baseSources(),
      journeys: { type: 'vector', tiles: [tiles('journeys')], maxzoom: 16 },
      heat: { type: 'vector', tiles: [tiles('heat')], maxzoom: 14 },
      explored: { type: 'vector', tiles: [tiles('explored')], maxzoom: 14 },
      steps: { type: 'geojson', data: EMPTY },
      measured: { type: 'geojson', data: EMPTY },
      track: { type: 'geojson', data: EMPTY },
      day: { type: 'geojson', data: EMPTY },
      chosen: { type: 'geojson', data: EMPTY },
      now: { type: 'geojson', data: EMPTY },
      replay: { type: 'geojson', data: EMPTY },
      photos: { type: 'geojson', data: EMPTY, cluster: true, clusterRadius: 24, clusterMaxZoom: 17 },
      places: { type: 'geojson', data: EMPTY }
    },
    layers: [
      ...ground(),
      ...regionGround(),
      fogLayer(colour === 'explored'),
      heatLayer(colour === 'heat'),
      ...trackLayers(),
      {
        id: 'trips', type: 'line', source: 'journeys', 'source-layer': 'trips',
        layout: { 'line-join': 'round', 'line-cap': 'round' },
        paint: { 'line-color': lines, 'line-width': WIDTH, 'line-opacity': colour === 'heat' ? 0 : isPlain ? 0.3 : isDay ? 0.35 : 0.75 }
      },
      {
        id: 'stays', type: 'circle', source: 'journeys', 'source-layer': 'stays', minzoom: 9,
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['ln', ['+', 1, ['get', 'hours']]], 0, 2.5, 8, 12],
          'circle-color': ink, 'circle-opacity': isDay ? 0.12 : 0.3,
          'circle-stroke-color': ink, 'circle-stroke-width': 1, 'circle-stroke-opacity': isDay ? 0.3 : 0.7
        }
      },
      ...names(),
      ...regionNames(),
      ...placeLayers(),
      {
        id: 'chosen-line', type: 'line', source: 'chosen', filter: ['==', ['get', 'kind'], 'trip'],
        layout: { 'line-join': 'round', 'line-cap': 'round' },
        paint: { 'line-color': last, 'line-opacity': 0.75, 'line-width': ['interpolate', ['linear'], ['zoom'], 3, 9, 10, 12, 16, 16] }
      },
      {
        id: 'day-casing', type: 'line', source: 'day', filter: ['==', ['get', 'kind'], 'trip'],
        layout: { 'line-join': 'round', 'line-cap': 'round' },
        paint: { 'line-color': halo, 'line-width': ['interpolate', ['linear'], ['zoom'], 3, 6, 10, 7, 16, 10] }
      },
      {
        id: 'day-lines', type: 'line', source: 'day', filter: ['==', ['get', 'kind'], 'trip'],
        layout: { 'line-join': 'round', 'line-cap': 'round' },
        paint: { 'line-color': lines, 'line-width': DAY_WIDTH }
      },
      {
        id: 'steps', type: 'line', source: 'steps',
        layout: { 'line-join': 'round', 'line-cap': 'round', visibility: ['altitude', 'way'].includes(colour) ? 'visible' : 'none' },
        paint: { 'line-color': scaled(['get', 'value'], between(...(span ?? [0, 1]))), 'line-width': DAY_WIDTH }
      },
      {
        id: 'day-stays', type: 'circle', source: 'day', filter: ['==', ['get', 'kind'], 'stay'],
        paint: { 'circle-radius': 11, 'circle-color': halo, 'circle-stroke-color': day, 'circle-stroke-width': 2 }
      },
      {
        id: 'chosen-stay', type: 'circle', source: 'chosen', filter: ['==', ['get', 'kind'], 'stay'],
        paint: { 'circle-radius': 14, 'circle-color': last, 'circle-stroke-color': halo, 'circle-stroke-width': 2 }
      },
      {
        id: 'day-letters', type: 'symbol', source: 'day', filter: ['==', ['get', 'kind'], 'stay'],
        layout: { 'text-field': ['get', 'letter'], 'text-size': 13, 'text-font': ['sans-serif'], 'text-allow-overlap': true, 'text-ignore-placement': true },
        paint: { 'text-color': day }
      },
      {
        id: 'now', type: 'circle', source: 'now',
        paint: { 'circle-radius': 7, 'circle-color': last, 'circle-stroke-color': halo, 'circle-stroke-width': 2.5 }
      },
      {
        id: 'now-names', type: 'symbol', source: 'now',
        layout: { 'text-field': ['get', 'name'], 'text-size': 13, 'text-font': ['sans-serif'], 'text-offset': [0, -1.3], 'text-anchor': 'bottom', 'text-optional': true },
        paint: { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 2 }
      },
      ...photoLayers(),
      ...measureLayers(),
      {
        id: 'replay', type: 'circle', source: 'replay',
        paint: { 'circle-radius': 9, 'circle-color': last, 'circle-stroke-color': halo, 'circle-stroke-width': 3 }
      }
    ]
  }
}
