// The grid: arrows move, Space marks, Enter approves what was seen, U takes the last page back, Esc leaves.
import { SeenTimes } from "./grid_seen.js";
import { GridServer } from "./grid_server.js";
import { leaveAfter, opensHere } from "./leaving.js";

const IDLE_MS = 300_000; // after this time without a key or a click the claims are no longer renewed
const byId = (id) => document.getElementById(id);
const root = byId("grid");
const list = byId("tiles");
const size = Number(root.dataset.size);
const seenMs = Number(root.dataset.seenMs);
const guardMs = Number(root.dataset.guardMs);
const server = new GridServer(root);
const seen = new SeenTimes();

let next = []; // claimed and loaded, not yet shown
const pages = []; // approved pages that can be taken back: their tiles, and until when
const apart = new Set(); // ids of what is claimed and inspected one by one
const opened = new Set(); // ids whose own page is being opened, which keeps the claim
let shownAt = 0;
let usedAt = performance.now();
let renewedAt = performance.now();
let busy = false;
let loading = null;
let leaving = false;

const tiles = () => [...list.children];
const box = (tile) => tile.querySelector(".mark");
const idOf = (tile) => tile.dataset.id;
const wasSeen = (tile) => seen.milliseconds(tile) >= seenMs;
const held = () => [...[...tiles(), ...next].map(idOf), ...apart].filter((id) => !opened.has(id));
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function notify(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

function refresh() {
  const shown = tiles();
  for (const tile of shown) tile.classList.toggle("seen", wasSeen(tile));
  const values = { count: shown.length, seen: shown.filter(wasSeen).length, marked: shown.filter((t) => box(t).checked).length };
  byId("progress").textContent = shown.length ? fill(root.dataset.textProgress, values) : "";
  const now = performance.now();
  while (pages.length && pages[0].until <= now) pages.shift();
  const last = pages.at(-1);
  byId("undo").hidden = !last;
  if (last) byId("undo-text").textContent = fill(root.dataset.textUndo, { count: last.tiles.length, seconds: Math.ceil((last.until - now) / 1000) });
  const earlier = byId("undo-form");
  if (earlier && now >= Number(earlier.dataset.ms)) earlier.remove();
}

function show(fresh) {
  if (!fresh.length) return;
  list.append(...fresh);
  for (const tile of fresh) seen.watch(tile);
  shownAt = performance.now();
  focusOn(0);
}

function focusOn(index) {
  const shown = tiles();
  const tile = shown[Math.min(Math.max(index, 0), shown.length - 1)];
  if (!tile) return;
  for (const other of shown) box(other).tabIndex = other === tile ? 0 : -1;
  box(tile).focus();
}

/** Fill the page from what is loaded, then load the page after it. */
async function advance() {
  if (next.length < size - tiles().length) await load();
  show(next.splice(0, size - tiles().length));
  const empty = !tiles().length;
  byId("empty").hidden = !empty;
  byId("bar").classList.toggle("nothing", empty);
  refresh();
  if (next.length < size) load();
}

function load() {
  if (leaving) return Promise.resolve();
  loading ??= server.claim()
    .then((claimed) => { next.push(...claimed); }, () => notify(root.dataset.textLost))
    .finally(() => { loading = null; });
  return loading;
}

function setApart(tile, sentence) {
  const entry = document.createElement("li");
  const link = document.createElement("a");
  link.href = tile.dataset.url;
  link.textContent = tile.dataset.name;
  link.addEventListener("click", (event) => { if (opensHere(event)) opened.add(idOf(tile)); });
  entry.append(link);
  if (sentence) entry.append(` · ${sentence}`);
  byId("apart-list").append(entry);
  apart.add(idOf(tile));
  byId("apart").hidden = false;
}

function takeAway(tile) {
  seen.forget(tile);
  tile.remove();
}

async function approve() {
  if (busy || performance.now() - shownAt < guardMs || !tiles().length) return;
  busy = true;
  notify("");
  const shown = tiles();
  const marked = shown.filter((tile) => box(tile).checked);
  const approvable = shown.filter((tile) => !marked.includes(tile) && wasSeen(tile));
  const sent = approvable.map((tile) => ({ id: idOf(tile), revision: Number(tile.dataset.revision), seen_ms: Math.round(seen.milliseconds(tile)) }));
  try {
    if (!sent.length && !marked.length) notify(root.dataset.textNothing);
    else settle(await server.decide(sent, marked.map(idOf)), shown, marked);
    await advance();
  } catch {
    notify(root.dataset.textLost);
  }
  busy = false;
}

/** Act on the response: remove approved tiles, list marked ones for their single views, report refused ones. */
function settle(response, shown, marked) {
  const approved = shown.filter((tile) => response.approved.includes(idOf(tile)));
  approved.forEach(takeAway);
  for (const tile of marked) {
    takeAway(tile);
    setApart(tile, "");
  }
  const refused = shown.filter((tile) => idOf(tile) in response.refused);
  for (const tile of refused) {
    const { reason, sentence } = response.refused[idOf(tile)];
    if (reason !== "not_seen") takeAway(tile);
    if (reason === "one_by_one") setApart(tile, sentence);
    else notify(`${tile.dataset.name}: ${sentence}`);
  }
  if (approved.length && response.undo_seconds) {
    pages.push({ tiles: approved, until: performance.now() + 1000 * response.undo_seconds });
  }
}

async function undo() {
  if (busy) return;
  const page = pages.at(-1);
  if (!page) {
    byId("undo-form")?.requestSubmit();
    return;
  }
  busy = true;
  notify("");
  try {
    const back = await server.undo(page.tiles.map(idOf));
    pages.pop();
    const current = tiles();
    current.forEach(takeAway);
    next.unshift(...current);
    show(page.tiles.filter((tile) => back.has(idOf(tile))));
    await advance();
  } catch {
    notify(root.dataset.textLost);
  }
  busy = false;
}

async function renew() {
  const now = performance.now();
  const idle = now - usedAt > IDLE_MS;
  if (idle || document.visibilityState !== "visible" || now - renewedAt < Number(root.dataset.renewMs) || !held().length) return;
  renewedAt = now;
  let remaining;
  const requested = held();
  try {
    remaining = await server.renew(requested);
  } catch {
    return; // the next interval tries again; the approval reports a claim that is over
  }
  const lost = (tile) => requested.includes(idOf(tile)) && !remaining.has(idOf(tile));
  const gone = tiles().filter(lost);
  gone.forEach(takeAway);
  next = next.filter((tile) => !lost(tile));
  if (gone.length && !busy) {
    notify(root.dataset.textExpired);
    advance();
  }
}

function move(by) {
  const shown = tiles();
  const at = shown.findIndex((tile) => tile.contains(document.activeElement));
  focusOn(at < 0 ? 0 : at + by);
}

function columns() {
  const shown = tiles();
  return shown.filter((tile) => tile.offsetTop === shown[0].offsetTop).length || 1;
}

function toggle() {
  const tile = tiles().find((one) => one.contains(document.activeElement));
  if (tile) box(tile).checked = !box(tile).checked;
  refresh();
}

const moves = { ArrowRight: () => move(1), ArrowLeft: () => move(-1), ArrowDown: () => move(columns()), ArrowUp: () => move(-columns()) };
const acts = {
  " ": toggle,
  Enter: approve,
  u: undo,
  o: () => tiles().find((tile) => tile.contains(document.activeElement))?.querySelector(".open").click(),
  Escape: () => byId("leave").click(),
  "?": () => byId("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  usedAt = performance.now();
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const act = moves[key] ?? acts[key];
  const elsewhere = event.target instanceof Element && event.target.matches("a, button, input:not(.mark), select");
  if (!act || (elsewhere && (key === "Enter" || key === " "))) return;
  event.preventDefault();
  // A key that was meant for the portraits before these must not act on these; a held key must never decide.
  if (performance.now() - shownAt < guardMs || (event.repeat && !moves[key])) return;
  act();
});
document.addEventListener("pointerdown", () => { usedAt = performance.now(); });
list.addEventListener("change", refresh);
list.addEventListener("click", (event) => {
  const link = event.target.closest(".open");
  if (link && opensHere(event)) opened.add(idOf(link.closest(".tile")));
});
byId("approve").addEventListener("click", approve);
byId("undo").addEventListener("click", undo);
byId("help-button").addEventListener("click", acts["?"]);
const leaveAfterClaim = leaveAfter(() => loading, () => { leaving = true; });
document.addEventListener("submit", (event) => {
  if (event.target.method !== "dialog") leaveAfterClaim(event, () => event.target.submit());
});
window.addEventListener("pagehide", () => server.giveBack(held()));
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
setInterval(refresh, 200);
setInterval(renew, 5000);
root.hidden = false;
advance();
