// Colours for a light and a dark page; the dashboard's.

const LIGHT = {
  sea: '#dfeaf0', land: '#f6f4ee', coast: '#b4bfc6', border: '#c5bfb2', ink: '#52616c', halo: '#ffffff', last: '#d9702b', day: '#1c2730',
  series: ['#0072b2', '#d55e00', '#009e73', '#b4578f', '#56b4e9', '#8a6d00', '#5b3a99', '#6f7479'],
  scale: ['#4c1d8f', '#2f6db3', '#148f80', '#7b9e1e', '#d08300'], heat: ['#ffd38a', '#f2903d', '#c8402b', '#7a0c2e'], fog: '#5d6b76',
  green: '#e4ecd8', built: '#e6e1d6', road: '#ffffff', street: '#ffffff'
}
const DARK = {
  sea: '#17232b', land: '#253038', coast: '#475660', border: '#44525c', ink: '#a9b6bf', halo: '#12181d', last: '#f2a65a', day: '#ffffff',
  series: ['#56b4e9', '#f2a65a', '#3fc79a', '#e79ac6', '#9adcf5', '#dcc95c', '#b79cf2', '#b3bac0'],
  scale: ['#9a86ff', '#5db3ff', '#43d3b3', '#b5df5a', '#ffd05a'], heat: ['#4a3a8c', '#a8418f', '#f2796b', '#ffe5a8'], fog: '#000000',
  green: '#263a33', built: '#2f3b44', road: '#4d5c67', street: '#3c4953'
}
export const MODES = ['vehicle', 'bicycle', 'on_foot', 'train', 'boat', 'flight', 'unknown']
const SERIES_OF_MODE = [0, 1, 2, 3, 4, 6, 7]

const preferred = matchMedia('(prefers-color-scheme: dark)')
const themed = new EventTarget()
let chosen = null

/** Calls a function whenever the theme changes. */
export const onTheme = changed => themed.addEventListener('change', changed)

/** Takes a theme, light or dark, in place of the one that the browser prefers. */
export function chooseTheme (theme) {
  if (theme === chosen) return
  chosen = theme
  showTheme()
}

/** Has the style sheet follow: `light-dark()` goes by the colour scheme, pictures by the attribute. */
function showTheme () {
  const root = document.documentElement
  const theme = chosen ?? (preferred.matches ? 'dark' : 'light')
  if (theme === root.dataset.theme) return
  root.dataset.theme = theme
  root.style.colorScheme = theme
  themed.dispatchEvent(new Event('change'))
}

preferred.addEventListener('change', showTheme)
showTheme()

/** Returns the colours of the theme. */
export const palette = () => document.documentElement.dataset.theme === 'dark' ? DARK : LIGHT

/** Returns the colour of a mode. */
export const colourOfMode = mode => palette().series[SERIES_OF_MODE[MODES.indexOf(mode ?? 'unknown')] ?? 7]

/** Returns the colour of a device, by its position among all. */
export const colourOfDevice = position => palette().series[position % 8]
