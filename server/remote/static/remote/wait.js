// Requests the page again every few seconds while the server checks or makes something, shows what has changed, and loads
// the page when the work is done. A slow or cut line leaves what is shown; without script there is a link.
"use strict";

const wait = document.getElementById("wait");

async function update() {
  if (document.hidden) return;
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const news = page.getElementById("wait");
  if (!news?.dataset.seconds) location.reload();
  else if (news.innerHTML !== wait.innerHTML) wait.replaceChildren(...news.childNodes);
}

function updateLater() {
  setTimeout(() => update().catch(() => {}).finally(updateLater), 1000 * Number(wait.dataset.seconds));
}

if (wait?.dataset.seconds) updateLater();
