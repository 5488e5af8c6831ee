// What the owner has put right: the form on a journey, and the log with its undo.
import { send } from './api.js'
import { CorrectionForm, allCorrections, sentenceOf } from './correction_form.js'
import { stretch } from './formats.js'
import { dayOf } from './days.js'
import { alone, mapButton } from './map_button.js'
import { text } from './texts.js'

const id = name => document.getElementById(name)

/** A button of the map that opens the log of corrections. */
export class Corrections {
  #map
  #zone
  #form
  #onChange
  #onDay
  #button

  /** `onChange` is called after the hub has changed; `onDay` with the day of a correction and its device. */
  constructor (zone, onChange, onDay) {
    this.#zone = zone
    this.#onChange = onChange
    this.#onDay = onDay
    this.#form = new CorrectionForm(zone, onChange)
    id('corrections-close').addEventListener('click', () => this.#unfold(false))
    id('corrections').addEventListener('keydown', event => { if (event.key === 'Escape') this.#unfold(false) })
  }

  onAdd (map) {
    this.#map = map
    this.#button = mapButton('corrections', text('corrections'), () => this.#unfold(!id('corrections').open))
    this.#button.setAttribute('aria-controls', 'corrections')
    this.#button.setAttribute('aria-expanded', 'false')
    // A keyboard has no pointer: it moves a stay to the middle of the map.
    map.getCanvas().addEventListener('keydown', event => {
      if (event.key === 'Enter' && this.isMoving) this.moveTo(map.getCenter())
    })
    return alone(this.#button)
  }

  onRemove () {
    this.#button.parentElement.remove()
  }

  /** Whether a click on the map is for the form. */
  get isMoving () {
    return this.#form.isMoving
  }

  /** Takes a click for the form. */
  moveTo (position) {
    this.#form.moveTo(position.wrap())
  }

  /** Returns what can be done with a journey among those of its day. */
  actionOf (journey, journeys, title) {
    const next = journeys.find(({ device, kind, starts }) => (
      device === journey.device && kind === journey.kind && starts > journey.starts))
    return {
      label: text('correct'),
      run: () => {
        this.#unfold(false)
        this.#form.open(journey, title, next)
      }
    }
  }

  /** Closes the form: its journey is not shown any more. */
  closeForm () {
    this.#form.close()
  }

  /** Shows the log as it is now, where it is open. */
  async load () {
    if (id('corrections').open) await this.#list()
  }

  async #unfold (isOpen) {
    this.#button?.setAttribute('aria-expanded', String(isOpen))
    if (isOpen === id('corrections').open) return
    if (!isOpen) return id('corrections').close()
    this.#form.close()
    id('corrections').show()
    await this.#list()
  }

  async #list () {
    const corrections = await allCorrections().catch(() => [])
    id('corrections-none').hidden = corrections.length > 0
    id('corrections-log').replaceChildren(...corrections.map(correction => this.#item(correction)))
  }

  #item (correction) {
    const item = document.createElement('li')
    const button = document.createElement('button')
    const strong = document.createElement('strong')
    const small = document.createElement('small')
    strong.textContent = sentenceOf(correction)
    small.textContent = `${correction.device ?? ''} · ${this.#when(correction)}`
    button.type = 'button'
    button.disabled = !correction.since
    button.append(strong, small)
    button.addEventListener('click', () => this.#onDay(dayOf(new Date(correction.since), this.#zone), correction.device_id))
    item.append(button, correction.undone_at ? undone() : this.#undo(correction, strong.textContent))
    item.classList.toggle('undone', Boolean(correction.undone_at))
    return item
  }

  #when ({ since, until }) {
    if (!since || !until) return text('all_time')
    return stretch(new Date(since), new Date(until), this.#zone)
  }

  #undo (correction, what) {
    const button = document.createElement('button')
    Object.assign(button, { type: 'button', className: 'action', textContent: text('undo') })
    button.setAttribute('aria-label', `${text('undo')}: ${what}, ${this.#when(correction)}`)
    button.addEventListener('click', async () => {
      button.disabled = true
      try {
        const { is_derived: isDerived } = await send('DELETE', `/v1/corrections/${correction.id}`)
        await this.#onChange(text('undone'), null, isDerived)
      } catch {
        button.disabled = false
      }
      await this.#list()
    })
    return button
  }
}

function undone () {
  const mark = document.createElement('small')
  mark.textContent = text('is_undone')
  return mark
}
