// The form that shares a trip or a year by link: what visitors would see, until when, how precisely; then the link, once,
// of whatever was shared.
import { send } from './api.js'
import { dayOf, shifted, startOf } from './days.js'
import { distance, stretch } from './formats.js'
import { plural, text } from './texts.js'

const DAYS = 7
const MOST_DAYS = 364
const id = name => document.getElementById(name)

export class ShareForm {
  #zone
  #onShared
  #path = ''
  #span = null

  /** `onShared` is called with what was done, and how to undo it. */
  constructor (zone, onShared) {
    this.#zone = zone
    this.#onShared = onShared
    id('share-close').addEventListener('click', () => id('share').close())
    id('share').addEventListener('keydown', event => { if (event.key === 'Escape') id('share').close() })
    id('share-form').addEventListener('submit', event => {
      event.preventDefault()
      this.#make()
    })
    id('share-copy').addEventListener('click', () => this.#copy())
  }

  /** Returns what can be done with a trip. */
  actionOf (journey, title) {
    return { label: text('share'), run: () => this.#open(journey, title) }
  }

  async #open ({ device, starts, ends }, title) {
    const when = `${title}, ${stretch(starts, ends, this.#zone)}`
    const span = { device_id: device, since: starts.toISOString(), until: ends.toISOString() }
    await this.#show('trips', span, { title: text('share_trip'), when, name: when, sentence: sentenceOf })
  }

  /** Opens the form for a year of a device. */
  async openYear (year, device) {
    const when = `${year}, ${device.name}`
    await this.#show('years', { device_id: device.id, year }, { title: text('share_year'), when, name: String(year), sentence: sentenceOfYear })
  }

  async #show (path, span, { title, when, name, sentence }) {
    this.#path = `/v1/shares/${path}`
    this.#span = span
    const today = dayOf(new Date(), this.#zone)
    id('share-title').textContent = title
    id('share-when').textContent = when
    id('share-name').value = name
    Object.assign(id('share-until'), { min: today, max: shifted(today, MOST_DAYS), value: shifted(today, DAYS) })
    id('share-precision').value = 'full'
    id('share-precision').parentElement.hidden = path === 'years'
    id('share-shown').textContent = ''
    id('share-done').hidden = true
    id('share-form').hidden = false
    id('share-make').disabled = true
    this.#complain('')
    for (const card of document.querySelectorAll('dialog.card[open]')) if (card.id !== 'share') card.close()
    if (!id('share').open) id('share').show()
    id('share-name').focus()
    const preview = await this.#try(() => send('POST', `${this.#path}/preview`, this.#span))
    if (!preview) return
    id('share-make').disabled = false
    id('share-shown').textContent = sentence(preview)
    if (!preview.links_work) this.#complain(text('links_are_off'))
  }

  async #make () {
    const expires = startOf(shifted(id('share-until').value, 1), this.#zone).toISOString()
    const precision = id('share-precision').parentElement.hidden ? {} : { precision: id('share-precision').value }
    const made = await this.#try(() => send('POST', this.#path, {
      ...this.#span, ...precision, name: id('share-name').value, expires_at: expires
    }))
    if (made) this.showLink(made)
  }

  /** Shows a link that was just made, and has it taken back. */
  showLink (made, { title, details } = {}) {
    if (title) id('share-title').textContent = title
    if (details) id('share-when').textContent = details
    this.#complain('')
    id('share-form').hidden = true
    id('share-done').hidden = false
    if (!id('share').open) id('share').show()
    id('share-link').value = location.origin + made.path
    id('share-link').focus()
    id('share-link').select()
    this.#onShared(text('shared'), async () => {
      await send('DELETE', `/v1/shares/${made.id}`)
      id('share').close()
    })
  }

  async #copy () {
    id('share-link').select()
    // Without HTTPS a page has no clipboard of its own.
    if (navigator.clipboard) await navigator.clipboard.writeText(id('share-link').value).catch(() => {})
    else document.execCommand('copy')
    id('share-copy').textContent = text('copied')
    setTimeout(() => { id('share-copy').textContent = text('copy') }, 2000)
  }

  async #try (work) {
    id('share').setAttribute('aria-busy', 'true')
    this.#complain('')
    try {
      return await work()
    } catch (error) {
      this.#complain(error.status ? error.message : text('not_saved'))
      return null
    } finally {
      id('share').setAttribute('aria-busy', 'false')
    }
  }

  #complain (what) {
    id('share-problem').textContent = what
    id('share-problem').hidden = !what
  }
}

/** Returns what visitors would see of a trip, as a sentence. */
function sentenceOf ({ is_whole: isWhole, shown_m: shown, distance_m: whole }) {
  return isWhole ? text('share_whole') : text('share_part', { shown: distance(shown), whole: distance(whole) })
}

/** Returns what visitors would see of a year, as a sentence. */
function sentenceOfYear ({ squares }) {
  return `${plural('share_squares', squares)} ${text('share_year_rule')}`
}
