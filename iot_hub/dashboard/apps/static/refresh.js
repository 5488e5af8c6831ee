// Asks for newer values while the page can be seen: a tab in the background asks nothing, and at once when it is shown.
const PERIOD_MS = 10_000;

function ask() {
  if (!document.hidden) document.querySelector(".st-key-refresh button")?.click();
}

setInterval(ask, PERIOD_MS);
document.addEventListener("visibilitychange", ask);
