// Shows five file names by the rule that is being typed; without script the button "check" shows them.
"use strict";

const names = document.getElementById("names");
const rule = document.getElementById("id_template");
const PAUSE_MS = 250;
let timer = 0;
let latest = 0;

async function show() {
  const number = ++latest;
  const response = await fetch(`${names.dataset.url}?template=${encodeURIComponent(rule.value)}`).catch(() => null);
  if (response?.redirected || response?.status === 403) return location.reload(); // signed out
  const content = response?.ok ? await response.text().catch(() => null) : null;
  if (number !== latest) return;
  names.hidden = content === null; // no response: the names on the page follow an earlier rule
  if (content !== null) names.innerHTML = content;
}

rule.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE_MS);
});
// Typed before this script had loaded, or restored by the browser: no event follows.
window.addEventListener("pageshow", () => {
  if (rule.value !== rule.defaultValue) show();
});
window.addEventListener("online", show);
