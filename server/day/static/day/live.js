// Requests the live part of the capture day's page every few seconds; without script the page is reloaded by hand.
"use strict";

const live = document.getElementById("live");
const lost = document.getElementById("lost");

async function refresh() {
  if (document.hidden) return;
  try {
    const response = await fetch(live.dataset.url + location.search, { headers: { "Zhengguan-Poll": "1" } });
    if (response.redirected || response.status === 403) return location.reload(); // signed out
    if (!response.ok) throw new Error(String(response.status));
    const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
    live.innerHTML = await response.text();
    if (focused) document.getElementById(focused)?.focus();
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}

setInterval(refresh, 1000 * Number(live.dataset.seconds));
document.addEventListener("visibilitychange", refresh);
