// How high devices were on a day: the way from fix to fix, each step with its altitude.
import { get } from './api.js'
import { shifted, startOf } from './days.js'

/** Returns the steps of a day as GeoJSON, and the lowest and the highest altitude; null where none is known. */
export async function altitudesOf (day, devices, zone) {
  const range = { from: startOf(day, zone).toISOString(), to: startOf(shifted(day, 1), zone).toISOString(), format: 'geojson' }
  const tracks = await Promise.all(devices.map(({ id }) => get(`/v1/devices/${id}/track`, range)))
  const features = tracks.flatMap(track => track.features).flatMap(({ geometry }) => linesOf(geometry).flatMap(steps))
  const known = features.map(({ properties }) => properties.value)
  const span = known.length ? [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))] : null
  return { steps: { type: 'FeatureCollection', features }, span }
}

function linesOf ({ type, coordinates }) {
  return { LineString: [coordinates], MultiLineString: coordinates }[type] ?? []
}

function steps (line) {
  return line.slice(1).flatMap((end, index) => {
    const start = line[index]
    if (start[2] === undefined || end[2] === undefined) return []
    const properties = { value: (start[2] + end[2]) / 2 }
    return [{ type: 'Feature', properties, geometry: { type: 'LineString', coordinates: [start.slice(0, 2), end.slice(0, 2)] } }]
  })
}
