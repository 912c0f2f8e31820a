// The page: it requests changes continuously and shows them.

import { Refusal, address, post, request } from "./api.js";
import { card, groupOf, isWorking } from "./cards.js";
import { Details } from "./dialog.js";
import { byId, element, showMessage, text } from "./elements.js";
import { filesToSend, startUploads } from "./uploads.js";

const WAIT_S = 15; // the longest wait of one request for changes
const RETRY_MS = 2000;

const photos = new Map();
const cards = new Map();
let order = [];
let settings = null;
let standards = [];
let filter = "all";
let sendingText = "";
let archiveRequested = false;
let ended = false;

const details = new Details((id, step) => {
  const shown = order.filter((one) => isShown(photos.get(one)));
  const next = shown[shown.indexOf(id) + step];
  return next ? { id: next, aspect: settings.aspect } : null;
});

const open = (id) => details.open(id, settings.aspect);
const isShown = (photo) => filter === "all" || groupOf(photo) === filter;

async function followChanges() {
  let version = 0;
  while (!ended) {
    try {
      const state = await request("api/state", {}, { after: version, wait: version ? WAIT_S : 0 });
      document.querySelector('[data-key="lost"]')?.remove();
      version = state.version;
      show(state);
    } catch (problem) {
      if (ended) return;
      if (!(problem instanceof Refusal)) throw problem;
      showMessage("lost", problem.message, "bad");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function show(state) {
  settings = state.settings;
  order = state.order;
  for (const photo of state.photos) {
    photos.set(photo.id, photo);
    showCard(photo);
    details.update(photo);
  }
  for (const id of [...photos.keys()].filter((one) => !order.includes(one))) {
    photos.delete(id);
    cards.get(id).remove();
    cards.delete(id);
  }
  details.closeUnlessIn(order);
  arrange();
  showSettings();
  showSummary();
  showArchive(state.archive);
}

function showCard(photo) {
  const before = cards.get(photo.id);
  const now = card(photo, open);
  const focused = before?.contains(document.activeElement) ? document.activeElement.className : null;
  before?.replaceWith(now);
  cards.set(photo.id, now);
  if (focused) now.querySelector(`[class="${focused}"]`)?.focus();
}

/** Put the cards in the order of the photos; those in their place are not touched. */
function arrange() {
  const list = byId("photos");
  order.forEach((id, place) => {
    const item = cards.get(id);
    item.hidden = !isShown(photos.get(id));
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] || null);
  });
}

function showSummary() {
  const all = order.map((id) => photos.get(id));
  const done = all.filter((photo) => !isWorking(photo)).length;
  const counts = { all: all.length, right: 0, look: 0, refused: 0, working: 0 };
  for (const photo of all) counts[groupOf(photo)] += 1;
  for (const button of document.querySelectorAll(".filter")) {
    button.querySelector("b").textContent = counts[button.dataset.filter];
  }
  const toSend = filesToSend();
  const busy = done < all.length || toSend > 0;
  byId("work").hidden = !all.length;
  byId("drop").classList.toggle("slim", all.length > 0 || toSend > 0);
  const values = { done, total: all.length + toSend, right: counts.right };
  byId("summary").textContent = busy ? text("progress", values) + (sendingText ? ` · ${sendingText}` : "") : text("summary", values);
  Object.assign(byId("progress"), { max: Math.max(1, values.total), value: done });
  byId("archive").disabled = busy || !all.some((photo) => photo.portrait);
}

function showArchive({ state, done, total, problem }) {
  const place = byId("archive-status");
  place.className = `small archive-status ${state === "failed" ? "bad" : ""}`;
  place.textContent = { writing: text("archive_writing", { done, total }), failed: problem, ready: text("archive_ready") }[state] || "";
  if (state === "writing") byId("archive").disabled = true;
  if (state === "ready" && archiveRequested) {
    archiveRequested = false;
    element("a", { href: address("portraits.zip"), download: "" }).click();
  }
  if (state === "failed") archiveRequested = false;
}

// ---------------------------------------------------------------------- settings

function showSettings() {
  const select = byId("standard");
  if (!select.options.length) {
    select.append(...standards.map(({ name, title }) => element("option", { value: name, textContent: title })));
  }
  select.value = settings.standard;
  byId("size").textContent = settings.size;
  const chosen = standards.find(({ name }) => name === settings.standard);
  const key = settings.standard + settings.background;
  if (byId("backgrounds").dataset.key === key) return;
  byId("backgrounds").dataset.key = key;
  byId("backgrounds").replaceChildren(...chosen.backgrounds.map(backgroundChoice));
  byId("questions").replaceChildren(...settings.questions.map((question) => element("li", { textContent: question })));
}

function backgroundChoice({ name, label, colour }) {
  const swatch = element("span", { className: "swatch" });
  swatch.style.background = `rgb(${colour.join(" ")})`;
  const choice = element("input", { type: "radio", name: "background", value: name, checked: name === settings.background });
  choice.addEventListener("change", () => choose(settings.standard, name));
  return element("label", {}, choice, swatch, label);
}

async function choose(standard, background) {
  const focused = document.activeElement?.name === "background";
  try {
    await post("api/settings", { standard, background });
  } catch (problem) {
    showMessage("settings", problem.message, "bad");
    byId("backgrounds").dataset.key = "";
    showSettings();
  }
  if (focused) setTimeout(() => document.querySelector("[name=background]:checked")?.focus(), 300);
}

// ---------------------------------------------------------------------- buttons

function connectButtons() {
  byId("standard").addEventListener("change", (event) => choose(event.target.value, ""));
  for (const button of document.querySelectorAll(".filter")) {
    button.addEventListener("click", () => {
      filter = button.dataset.filter;
      for (const each of document.querySelectorAll(".filter")) each.setAttribute("aria-pressed", String(each === button));
      arrange();
    });
  }
  byId("archive").addEventListener("click", () => {
    archiveRequested = true;
    byId("archive").disabled = true;
    post("api/archive", { sheets: byId("sheets").checked }).catch((problem) => showMessage("archive", problem.message, "bad"));
  });
  byId("remove-all").addEventListener("click", () => {
    if (confirm(text("remove_all_question"))) post("api/remove");
  });
  byId("end").addEventListener("click", end);
  addEventListener("beforeunload", (event) => {
    if (filesToSend()) event.preventDefault(); // files that the browser has not sent yet
  });
}

async function end() {
  if (order.length && !confirm(text("remove_all_question"))) return;
  ended = true;
  await post("api/end");
  document.querySelector("main").replaceChildren(element("p", { className: "note good", textContent: text("ended") }));
  byId("end").disabled = true;
}

async function start() {
  connectButtons();
  startUploads((sentence = "") => {
    sendingText = sentence;
    showSummary();
  });
  const content = await request("api/standards");
  standards = content.standards;
  const problems = byId("standard-problems");
  problems.textContent = content.problems.join(" ");
  problems.hidden = !content.problems.length;
  await followChanges();
}

start();
