// Requests the page again every few seconds while the server checks or makes something, shows what has changed, and loads
// the page when the work is done. With a slow or lost connection the page stays; without script there is a link.
"use strict";

const wait = document.getElementById("wait");

async function update() {
  if (document.hidden) return;
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("wait");
  if (!fresh?.dataset.seconds) location.reload();
  else if (fresh.innerHTML !== wait.innerHTML) wait.replaceChildren(...fresh.childNodes);
}

function updateLater() {
  setTimeout(() => update().catch(() => {}).finally(updateLater), 1000 * Number(wait.dataset.seconds));
}

if (wait?.dataset.seconds) updateLater();
