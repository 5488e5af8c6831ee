// Replay of a device's day at a chosen speed, along its fixes.
import { get } from './api.js'
import { clock } from './formats.js'
import { shifted, startOf } from './days.js'
import { text } from './texts.js'

const LONGEST_STEP_MS = 30 * 60_000
const id = name => document.getElementById(name)

export class Replay {
  #onMoment
  #onPlay
  #fixes = []
  #track = null
  #start = 0
  #zone
  #frame = null
  #seen = 0

  /** `onMoment` is called with a position, or null, and its instant; `onPlay` with the device. */
  constructor (onMoment, onPlay) {
    this.#onMoment = onMoment
    this.#onPlay = onPlay
    id('play').addEventListener('click', () => this.#frame ? this.#pause() : this.#play())
    id('moment').addEventListener('input', () => this.#show())
  }

  /** Takes a device's day; without one, there is nothing to replay. */
  prepare (device, day, zone) {
    this.#pause()
    this.#fixes = []
    this.#track = null
    id('replay').hidden = device === null
    if (device === null) return
    Object.assign(this, { device, day })
    this.#zone = zone
    this.#start = startOf(day, zone).getTime()
    id('moment').max = (startOf(shifted(day, 1), zone).getTime() - this.#start) / 60_000
    id('moment').value = 0
    id('clock').value = clock(new Date(this.#start), zone)
  }

  /** Moves to an instant, unless the day is playing. */
  seek (at) {
    if (this.#frame || !this.device || id('replay').hidden) return
    id('moment').value = Math.round((at - this.#start) / 60_000)
    this.#show().catch(() => {})
  }

  /** Asks once for the day's fixes. */
  async #load () {
    this.#track ??= this.#ask()
    await this.#track.catch(error => {
      this.#track = null
      throw error
    })
  }

  async #ask () {
    const { device, day } = this
    const to = startOf(shifted(day, 1), this.#zone)
    const range = { from: new Date(this.#start).toISOString(), to: to.toISOString() }
    const track = await get(`/v1/devices/${device}/track`, { ...range, format: 'geojson' })
    if (device !== this.device || day !== this.day) return
    this.#fixes = track.features.flatMap(({ geometry, properties }) => {
      const positions = { Point: [geometry.coordinates], LineString: geometry.coordinates, MultiLineString: geometry.coordinates.flat() }[geometry.type]
      return positions.map((position, index) => ({ position, at: Date.parse(properties.coordTimes.flat()[index]) })).filter(({ at }) => at)
    })
  }

  async #play () {
    await this.#load()
    if (!this.#fixes.length) return
    const { valueAsNumber, max } = id('moment')
    const first = (this.#fixes[0].at - this.#start) / 60_000
    if (valueAsNumber < first || valueAsNumber >= Number(max)) id('moment').value = Math.floor(first)
    this.#onPlay(this.device)
    this.#label('pause', '❚❚')
    this.minute = id('moment').valueAsNumber
    this.#seen = performance.now()
    this.#frame = requestAnimationFrame(now => this.#advance(now))
  }

  #advance (now) {
    this.minute += (now - this.#seen) / 60_000 * Number(id('speed').value)
    this.#seen = now
    id('moment').value = Math.floor(this.minute)
    this.#draw(this.#start + this.minute * 60_000)
    const last = (this.#fixes.at(-1).at - this.#start) / 60_000
    if (this.minute >= last) this.#pause()
    else this.#frame = requestAnimationFrame(time => this.#advance(time))
  }

  #pause () {
    if (this.#frame) cancelAnimationFrame(this.#frame)
    this.#frame = null
    this.#label('play', '▶')
  }

  async #show () {
    this.minute = id('moment').valueAsNumber
    await this.#load()
    this.#draw(this.#start + this.minute * 60_000)
  }

  #draw (at) {
    const time = clock(new Date(at), this.#zone)
    id('clock').value = time
    id('moment').setAttribute('aria-valuetext', time)
    this.#onMoment(positionAt(this.#fixes, at), at)
  }

  #label (key, sign) {
    id('play').setAttribute('aria-label', text(key))
    id('play').textContent = sign
  }
}

/** Returns the position at an instant, between two fixes on the line from one to the other; null: none near it. */
export function positionAt (fixes, at) {
  const next = fixes.findIndex(fix => fix.at >= at)
  if (next < 0) return fixes.at(-1)?.position.slice(0, 2) ?? null
  if (next === 0) return fixes[0].position.slice(0, 2)
  const [before, after] = [fixes[next - 1], fixes[next]]
  // Within a silence a device stays where it was last seen.
  if (after.at - before.at > LONGEST_STEP_MS) return before.position.slice(0, 2)
  const share = (at - before.at) / (after.at - before.at)
  return [0, 1].map(axis => before.position[axis] + share * (after.position[axis] - before.position[axis]))
}
