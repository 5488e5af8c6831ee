// What the colours of the map mean.
import { shortDay } from './formats.js'
import { MODES, colourOfDevice, colourOfMode, palette } from './palette.js'
import { SPEEDS } from './style.js'
import { plural, text } from './texts.js'

const id = name => document.getElementById(name)

/** Shows the legend of a look: `modes` and `altitudes` are those in view, `squares` how much is explored. */
export function showLegend ({ colour, devices, first, last, unit, span }, { modes, altitudes, squares }) {
  const content = {
    device: () => list(devices.map((device, position) => [device.name, colourOfDevice(position)])),
    age: () => first && bar(palette().scale, shortDay(first), shortDay(last)),
    speed: () => bar(palette().scale, `${SPEEDS[0]}`, text('kmh', { speed: SPEEDS.at(-1) })),
    altitude: () => altitudes ? bar(palette().scale, ...altitudes.map(metres => `${Math.round(metres)} m`)) : note(text('no_altitudes')),
    way: () => bar(palette().scale, `${span[0]}`, `${span[1]} ${unit}`),
    heat: () => bar(palette().heat, text('shortly'), text('long')),
    explored: () => squares !== null && note(plural('squares', squares))
  }[colour]?.() ?? list(MODES.filter(mode => modes.has(mode)).map(mode => [text(mode), colourOfMode(mode)]))
  id('legend').replaceChildren(content || '')
  id('legend').hidden = !content
}

function list (entries) {
  if (!entries.length) return null
  const made = document.createElement('ul')
  made.setAttribute('aria-label', text('legend'))
  made.append(...entries.map(([name, colour]) => {
    const item = document.createElement('li')
    item.textContent = name
    item.style.setProperty('--colour', colour)
    return item
  }))
  return made
}

function bar (colours, least, most) {
  const made = document.createElement('p')
  const ramp = document.createElement('span')
  ramp.className = 'ramp'
  ramp.style.background = `linear-gradient(to right, ${colours.join(', ')})`
  made.append(least, ramp, most)
  return made
}

function note (what) {
  const made = document.createElement('p')
  made.textContent = what
  return made
}
