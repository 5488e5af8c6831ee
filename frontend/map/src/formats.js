// Distances, durations and times for people.
import { dayOf } from './days.js'
import { language } from './texts.js'

const numbers = [0, 1].map(digits => new Intl.NumberFormat(language, { maximumFractionDigits: digits }))

/** Formats metres. */
export function distance (metres) {
  if (metres < 1000) return `${numbers[0].format(Math.round(metres / 10) * 10)} m`
  return `${numbers[metres < 100_000 ? 1 : 0].format(metres / 1000)} km`
}

/** Formats seconds as hours and minutes. */
export function duration (seconds) {
  const minutes = Math.round(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (!hours) return `${minutes} min`
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`
}

/** Formats an instant's time of day in a zone. */
export function clock (date, zone) {
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(date)
}

/** Formats how far a zone's clock is ahead at an instant, such as GMT+1. */
export function offsetName (date, zone) {
  const parts = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(date)
  return parts.find(({ type }) => type === 'timeZoneName').value
}

/** Formats from when to when in a zone: one day and two times, or two days with their times. */
export function stretch (from, to, zone) {
  const [first, last] = [from, to].map(date => shortDay(dayOf(date, zone)))
  const [starts, ends] = [from, to].map(date => clock(date, zone))
  if (first !== last) return `${first}, ${starts} – ${last}, ${ends}`
  return starts === ends ? `${first}, ${starts}` : `${first}, ${starts}–${ends}`
}

/** Formats a day, such as 2026-01-31. */
export function dayName (day, length = 'long') {
  const options = { weekday: length, day: 'numeric', month: length, year: 'numeric', timeZone: 'UTC' }
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options).format(new Date(`${day}T12:00:00Z`))
}

/** Formats a day without its weekday. */
export function shortDay (day) {
  const options = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options).format(new Date(`${day}T12:00:00Z`))
}

/** Formats a day's month and year. */
export function monthName (day) {
  const options = { month: 'short', year: 'numeric', timeZone: 'UTC' }
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options).format(new Date(`${day}T12:00:00Z`))
}

/** Formats a day's month and year in full, such as January 2026. */
export function monthTitle (day) {
  const options = { month: 'long', year: 'numeric', timeZone: 'UTC' }
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options).format(new Date(`${day}T12:00:00Z`))
}

/** Returns the names of the weekdays, from Monday on. */
export function weekdays () {
  const named = (weekday, n) => new Intl.DateTimeFormat(language, { weekday, timeZone: 'UTC' }).format(new Date(Date.UTC(2026, 5, 1 + n)))
  return [0, 1, 2, 3, 4, 5, 6].map(n => ({ short: named('short', n), long: named('long', n) }))
}

const UNITS = { battery: [' %', 0], altitude: [' m', 0], speed: [' km/h', 0, 3.6], heart_rate: ['/min', 0], temperature: [' °C', 1] }

/** Formats a figure of a strip, or a span of it. */
export function figureText (figure, least, most) {
  const [unit, digits, times = 1] = UNITS[figure]
  const [first, last] = [least, most].map(value => numbers[digits].format(value * times).replace(/^-0$/, '0'))
  // Between numbers below zero a dash would be read as a sign.
  return `${first === last ? first : `${first}${least < 0 ? ' … ' : '–'}${last}`}${unit}`
}
