// What all maps of the hub share: the archive that they are drawn from, its worker, words and sources.
import { addProtocol, setWorkerUrl } from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import { Protocol } from 'pmtiles'
import worker from 'address:worker'
import { openRegion } from './region.js'
import { text } from './texts.js'

export const LOCALE = {
  'NavigationControl.ZoomIn': text('zoom_in'), 'NavigationControl.ZoomOut': text('zoom_out'),
  'NavigationControl.ResetBearing': text('north'), 'Map.Title': text('canvas'),
  'AttributionControl.ToggleAttribution': text('attribution'),
  'CooperativeGesturesHandler.WindowsHelpText': text('ctrl_zooms'), 'CooperativeGesturesHandler.MacHelpText': text('command_zooms'),
  'CooperativeGesturesHandler.MobileHelpText': text('two_fingers')
}
export const CREDITS = 'Natural Earth · © GeoNames, CC BY 4.0'

const protocol = new Protocol()
addProtocol('pmtiles', protocol.tile)
setWorkerUrl(new URL(worker, location.origin).href)

/** Settles once it is known what the owner's own map is made of. */
export const regionOpened = openRegion(protocol)
