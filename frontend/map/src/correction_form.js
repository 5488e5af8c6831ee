// What is wrong with a stay or a trip: the form that puts it right.
import { get, send } from './api.js'
import { clock, stretch } from './formats.js'
import { MODES } from './palette.js'
import { plural, text } from './texts.js'

const MINUTE_MS = 60_000
const id = name => document.getElementById(name)

export class CorrectionForm {
  #zone
  #onChange
  #journey = null
  #next = null
  #isMoving = false
  #isSure = false

  /** `onChange` is called after the hub has changed: with what was done, how to undo it, and whether all of it is derived. */
  constructor (zone, onChange) {
    this.#zone = zone
    this.#onChange = onChange
    id('correct-mode').append(...MODES.filter(mode => mode !== 'unknown').map(mode => new Option(text(mode), mode)))
    id('correct-mode').addEventListener('change', ({ target }) => this.#make({ kind: 'mode', mode: target.value }))
    id('correct-hide').addEventListener('click', () => this.#make({ kind: 'hide' }))
    id('correct-move').addEventListener('click', () => this.#move(!this.#isMoving))
    id('correct-merge').addEventListener('click', () => this.#merge())
    id('correct-split').addEventListener('submit', event => {
      event.preventDefault()
      this.#split()
    })
    id('correct-wrong').addEventListener('click', () => this.#wrong())
    id('correct-close').addEventListener('click', () => this.close())
    addEventListener('keydown', event => this.#press(event))
  }

  get isOpen () {
    return id('correct').open
  }

  /** Whether a click on the map says where a stay was. */
  get isMoving () {
    return this.isOpen && this.#isMoving
  }

  /** Opens the form for a journey; `next` is the next of its kind on that day, which it may be one with. */
  open (journey, title, next) {
    this.#journey = journey
    this.#next = next
    const { kind, starts, ends, mode } = journey
    id('correct-title').textContent = title
    id('correct-when').textContent = stretch(starts, ends, this.#zone)
    id('correct-mode').closest('p').hidden = kind !== 'trip'
    id('correct-mode').value = mode ?? ''
    id('correct-move').hidden = kind !== 'stay'
    id('correct-merge').hidden = !next
    id('correct-merge').textContent = text(kind === 'stay' ? 'one_stay' : 'one_trip')
    this.#offerMinutes()
    this.#move(false)
    this.#forget()
    if (!this.isOpen) id('correct').show()
    id('correct-title').focus()
  }

  close () {
    if (!this.isOpen) return
    this.#move(false)
    id('correct').close()
    focusChosen()
  }

  /** Moves the stay to a position that was clicked. */
  moveTo ({ lat, lng }) {
    this.#make({ kind: 'move', latitude: round(lat), longitude: round(lng) })
  }

  #offerMinutes () {
    const { begins, finishes } = this.#journey
    const middle = new Date((+begins + +finishes) / 2)
    id('correct-at').value = clock(middle, this.#zone)
    id('correct-split').hidden = finishes - begins < 2 * MINUTE_MS
  }

  #move (isMoving) {
    this.#isMoving = isMoving
    id('correct-move').setAttribute('aria-pressed', String(isMoving))
    id('correct-hint').hidden = !isMoving
    id('map').classList.toggle('choosing', isMoving)
    if (isMoving) id('map').querySelector('canvas')?.focus()
  }

  #press (event) {
    if (event.key !== 'Escape' || !this.isOpen) return
    if (this.#isMoving) this.#move(false)
    else this.close()
  }

  #merge () {
    const { kind } = this.#journey
    this.#make({ kind: 'merge', becomes: kind, until: this.#next.ends })
  }

  #split () {
    const at = instantOf(id('correct-at').value, this.#journey, this.#zone)
    if (!at) return this.#complain(text('no_such_minute'))
    this.#make({ kind: 'split', since: at, until: at })
  }

  /** Says what is concerned first; the second click does it. */
  async #wrong () {
    if (this.#isSure) return this.#make({ kind: 'wrong_fixes' })
    const concerned = await this.#try(() => send('POST', '/v1/corrections/preview', this.#body({ kind: 'wrong_fixes' })))
    if (!concerned) return
    this.#isSure = true
    id('correct-concerned').textContent = plural('positions_wrong', concerned.fixes)
    id('correct-wrong').textContent = text('really_wrong')
  }

  #body ({ since = this.#journey.starts, until = this.#journey.ends, ...correction }) {
    return { device_id: this.#journey.device, since: since.toISOString(), until: until.toISOString(), ...correction }
  }

  async #make (correction) {
    const body = this.#body(correction)
    const made = await this.#try(() => send('POST', '/v1/corrections', body))
    if (!made) return
    this.close()
    this.#onChange(sentenceOf(body), () => send('DELETE', `/v1/corrections/${made.id}`), made.is_derived)
  }

  async #try (change) {
    id('correct').setAttribute('aria-busy', 'true')
    this.#complain('')
    try {
      return await change()
    } catch (error) {
      this.#complain(error.status ? error.message : text('not_saved'))
      return null
    } finally {
      id('correct').setAttribute('aria-busy', 'false')
    }
  }

  #forget () {
    this.#isSure = false
    id('correct-concerned').textContent = ''
    id('correct-wrong').textContent = text('positions_are_wrong')
    this.#complain('')
  }

  #complain (what) {
    id('correct-problem').textContent = what
    id('correct-problem').hidden = !what
  }
}

/** Returns what a correction says, as a sentence without its time. */
export function sentenceOf ({ kind, mode, becomes }) {
  if (kind === 'mode') return text('corrected_mode', { mode: text(mode) })
  return text(kind === 'merge' ? `corrected_merge_${becomes}` : `corrected_${kind}`)
}

/** Puts the focus back on the chosen journey, where it was lost. */
export function focusChosen () {
  if (document.activeElement !== document.body) return
  document.querySelector('#journeys button[aria-pressed=true]')?.focus({ preventScroll: true })
}

/** Asks for all corrections, the newest first. */
export const allCorrections = () => get('/v1/corrections', { limit: 200 })

/** Returns the instant within a journey's part of a day at which a clock shows a time; null: at none. */
function instantOf (time, { begins, finishes }, zone) {
  for (let at = Math.ceil(+begins / MINUTE_MS) * MINUTE_MS + MINUTE_MS; at < +finishes; at += MINUTE_MS) {
    if (clock(new Date(at), zone) === time) return new Date(at)
  }
  return null
}

const round = degrees => Math.round(degrees * 1e6) / 1e6
