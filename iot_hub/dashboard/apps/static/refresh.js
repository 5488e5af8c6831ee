// Asks for newer values while the page can be seen: a tab in the background asks nothing, and at once when it is shown.
const PERIODS_MS = { "refresh": 10_000, "refresh-seldom": 60_000 };

function ask(name) {
  if (!document.hidden) document.querySelector(`.st-key-${name} button`)?.click();
}

for (const [name, period] of Object.entries(PERIODS_MS)) {
  setInterval(ask, period, name);
  document.addEventListener("visibilitychange", () => ask(name));
}
