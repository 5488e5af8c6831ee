// A day's journeys: asked of the hub, cut to the day, with a letter for each place.
import { get } from './api.js'
import { shifted, startOf } from './days.js'

const SAME_PLACE_M = 150
const KEPT_DAYS = 60
const FURTHEST_ZONE_MS = 26 * 3_600_000
const kept = new Map()

/** Returns the journeys of devices on a day, oldest first; each once asked for is kept for a minute. */
export async function journeysOf (day, devices, zone) {
  const lists = await Promise.all(devices.map(device => dayOfDevice(device.id, day, zone)))
  return lettered(lists.flat())
}

/** Returns a device's journeys between the midnights of where it was. */
async function dayOfDevice (device, day, zone) {
  const [from, to] = [startOf(day, zone), startOf(shifted(day, 1), zone)]
  const near = await listOf(device, from, to)
  const isAtHome = begins(near.journeys[0], day, from) && begins(near.journeys.at(-1), shifted(day, 1), to)
  // Elsewhere midnight may be as far from the owner's as two zones are from each other.
  const [first, last] = [from - FURTHEST_ZONE_MS, to.getTime() + FURTHEST_ZONE_MS].map(time => new Date(time))
  const zoned = inZones(joined((isAtHome ? near : await listOf(device, first, last)).journeys), zone)
  const start = startOf(day, zoneAt(zoned, from, zone))
  const end = startOf(shifted(day, 1), zoneAt(zoned, to, zone))
  return zoned.map(journey => cut(journey, device, start, end)).filter(({ begins, finishes }) => begins < finishes)
}

/** Returns whether a day begins at an instant where a stay is. */
const begins = (journey, day, instant) => Boolean(journey?.zone) && startOf(day, journey.zone) - instant === 0

/** Joins a stay that goes on over the end of a week, where the hub cuts it, to one. */
function joined (journeys) {
  const whole = []
  for (const journey of journeys) {
    const last = whole.at(-1)
    if (journey.is_continued && last?.kind === 'stay' && last.ends === journey.starts) {
      whole[whole.length - 1] = { ...last, ends: journey.ends }
    } else whole.push(journey)
  }
  return whole
}

/**
 * Gives each journey the zones in which it starts and ends: those of the stays before and after it, or of the nearest on
 * the other side where there is none yet.
 */
function inZones (journeys, zone) {
  const zones = journeys.map(journey => journey.zone)
  return journeys.map((journey, index) => {
    const [before, after] = [zones.slice(0, index + 1).findLast(Boolean), zones.slice(index).find(Boolean)]
    return { ...journey, startZone: before ?? after ?? zone, endZone: after ?? before ?? zone }
  })
}

/** Returns the zone where a device was at an instant. */
function zoneAt (journeys, instant, zone) {
  return journeys.findLast(({ starts }) => new Date(starts) <= instant)?.startZone ?? journeys[0]?.startZone ?? zone
}

/** Forgets what was asked for: it has changed. */
export function forgetJourneys () {
  kept.clear()
}

async function listOf (device, from, to) {
  const key = `${device} ${from.toISOString()} ${to.toISOString()}`
  const found = kept.get(key)
  if (found && found.until > Date.now()) return found.list
  const list = get(`/v1/devices/${device}/journeys`, { from: from.toISOString(), to: to.toISOString() })
  kept.set(key, { list, until: Date.now() + 60_000 })
  list.catch(() => kept.delete(key))
  if (kept.size > KEPT_DAYS) kept.delete(kept.keys().next().value)
  return list
}

function cut (journey, device, from, to) {
  const starts = new Date(journey.starts)
  const ends = new Date(journey.ends)
  return {
    ...journey,
    device,
    starts,
    ends,
    begins: starts < from ? from : starts,
    finishes: ends > to ? to : ends,
    isBefore: starts < from,
    isAfter: ends > to
  }
}

function lettered (journeys) {
  const places = []
  return journeys.map((journey, index) => {
    if (journey.kind !== 'stay') return { ...journey, id: index }
    let number = places.findIndex(place => metresBetween(place, journey) < SAME_PLACE_M)
    if (number < 0) number = places.push(journey) - 1
    return { ...journey, id: index, letter: letter(number) }
  })
}

const letter = number => number < 26 ? String.fromCharCode(65 + number) : String(number - 25)

/** Returns the distance of two positions that are near each other, in metres. */
export function metresBetween (one, other) {
  const north = (one.latitude - other.latitude) * 111_195
  const east = (one.longitude - other.longitude) * 111_195 * Math.cos(one.latitude * Math.PI / 180)
  return Math.hypot(north, east)
}

/** Returns the parts of a trip that were made in one mode each: its legs, or itself. */
export const legsOf = journey => journey.legs?.length ? journey.legs : [journey]

/** Returns the journeys that have a place as GeoJSON: a point of each stay, a line of each leg. */
export function geojson (journeys) {
  const features = journeys.flatMap(journey => {
    const { id, kind, device, letter } = journey
    const shapes = kind === 'stay'
      ? [[{ type: 'Point', coordinates: [journey.longitude, journey.latitude] }, {}]]
      : legsOf(journey).map(leg => [leg.path, ofLine(leg)])
    return shapes.filter(([geometry]) => geometry).map(([geometry, more]) => (
      { type: 'Feature', geometry, properties: { id, kind, device_id: device, letter, ...more } }
    ))
  })
  return { type: 'FeatureCollection', features }
}

/** Returns what colours a line, as the tiles have it. */
function ofLine ({ mode, starts, ends, distance_m: metres }) {
  const [begins, finishes] = [starts, ends].map(time => new Date(time) / 1000)
  return { mode: mode ?? 'unknown', starts: begins, kmh: Math.round(3.6 * (metres ?? 0) / (finishes - begins)) }
}

/** Returns west, south, east and north of journeys; null where none has a place. */
export function boundsOf (journeys) {
  const positions = geojson(journeys).features.flatMap(({ geometry }) => geometry.coordinates.flat(2))
  if (!positions.length) return null
  const xs = positions.filter((_, index) => index % 2 === 0)
  const ys = positions.filter((_, index) => index % 2 === 1)
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}
