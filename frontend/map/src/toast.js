// What was just done, for some seconds, and a button that takes it back.
import { text } from './texts.js'

const SHOWN_MS = 10_000
const id = name => document.getElementById(name)
let timer = null

/** Says what was done; `undo` takes it back, also by Ctrl+Z. */
export function toast (what, undo) {
  clearTimeout(timer)
  id('toast-text').textContent = what
  id('undo').hidden = !undo
  id('toast').hidden = false
  timer = setTimeout(hide, SHOWN_MS)
  id('undo').onclick = undo && (async () => {
    await undo()
    toast(text('undone'))
  })
}

function hide () {
  id('toast').hidden = true
  id('undo').onclick = null
}

document.addEventListener('keydown', event => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== 'z' || event.target.matches('input, textarea')) return
  if (id('undo').onclick) id('undo').click()
})
