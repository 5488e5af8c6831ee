// A button among the map's controls.

/** Returns a button that says what it is for; `isDrawn`: its sign is a picture in the style, not a letter. */
export function mapButton (name, label, onClick, { isDrawn = false } = {}) {
  const button = document.createElement('button')
  Object.assign(button, { type: 'button', className: name, title: label })
  button.setAttribute('aria-label', label)
  if (isDrawn) {
    const sign = document.createElement('span')
    sign.className = 'maplibregl-ctrl-icon'
    button.append(sign)
  }
  button.addEventListener('click', onClick)
  return button
}

/** Returns the group of the map's controls that a button is alone in. */
export function alone (button) {
  const group = document.createElement('div')
  group.className = 'maplibregl-ctrl maplibregl-ctrl-group'
  group.append(button)
  return group
}
