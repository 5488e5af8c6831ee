// Days of the owner's time zone: when each begins, which is next.

/** Returns the day of an instant in a zone, such as 2026-01-31. */
export function dayOf (date, zone) {
  return new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zone }).format(date)
}

/** Returns the day that many days later. */
export function shifted (day, days) {
  const date = new Date(`${day}T12:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

/** Returns the same day of the month that many months later, or the last day of it where it is shorter. */
export function shiftedMonths (day, months) {
  const [year, month, date] = day.split('-').map(Number)
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0))
  return `${last.toISOString().slice(0, 8)}${String(Math.min(date, last.getUTCDate())).padStart(2, '0')}`
}

/** Returns the Monday of a day's week. */
export function weekOf (day) {
  return shifted(day, -((new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7))
}

/** Returns the instant at which a day begins in a zone: midnight, or the first time after it where clocks skip that. */
export function startOf (day, zone) {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  const guess = midnight - offset(midnight, zone)
  // The offset of the guess counts: clocks may have changed between it and midnight UTC.
  const start = new Date(midnight - offset(guess, zone))
  return dayOf(start, zone) === day ? start : new Date(guess)
}

/** Returns how far a zone's clock is ahead of UTC at an instant, in milliseconds. */
function offset (instant, zone) {
  const parts = new Intl.DateTimeFormat('en-US', {
    year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    hourCycle: 'h23', timeZone: zone
  }).formatToParts(new Date(instant))
  const { year, month, day, hour, minute, second } = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000
}

/** Returns the days from one to another, both included. */
export function daysBetween (first, last) {
  return Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000)
}
