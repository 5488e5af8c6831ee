// The map as a picture: to keep, and to print.
import { palette } from './palette.js'

const MARGIN = 10

/** Returns a canvas with what the map shows, whom it names, and a title. */
export function pictureOf (map, title, credits) {
  // What was drawn is gone after each frame: it is drawn and read in one go.
  map.redraw()
  const source = map.getCanvas()
  const scale = source.width / source.clientWidth
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: source.width, height: source.height })
  const context = canvas.getContext('2d')
  context.drawImage(source, 0, 0)
  context.scale(scale, scale)
  label(context, title, MARGIN, MARGIN, '600 16px system-ui, sans-serif', 'top', 'left')
  label(context, credits, source.clientWidth - MARGIN, source.clientHeight - MARGIN, '11px system-ui, sans-serif', 'bottom', 'right')
  return canvas
}

function label (context, what, x, y, font, textBaseline, textAlign) {
  const { ink, halo } = palette()
  Object.assign(context, { font, textBaseline, textAlign, lineJoin: 'round', lineWidth: 4, strokeStyle: halo, fillStyle: ink })
  context.strokeText(what, x, y)
  context.fillText(what, x, y)
}

/** Has the browser save a canvas as a file. */
export async function save (canvas, name) {
  const blob = await new Promise(resolve => canvas.toBlob(resolve, 'image/png'))
  const link = document.createElement('a')
  link.download = name
  link.href = URL.createObjectURL(blob)
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
