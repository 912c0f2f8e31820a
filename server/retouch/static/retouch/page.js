// The page of one submission: loads the brush, connects buttons and keys, sends the strokes, and keeps the claim.
import { Editor } from "./editor.js";
import { sendStrokes, watch } from "./jobs.js";
import { Lease } from "./lease.js";
import { loadStart } from "./pictures.js";
import { Strokes } from "./strokes.js";

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("brush-data").textContent);
const words = JSON.parse(byId("words").textContent);
const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
const ZOOM_STEP = 1.25, SIZE_STEP = 1.15, HARDNESS_STEP = 0.1;
let editor, strokesMade = JSON.stringify(data.strokes); // the strokes of the portrait that the page shows

function showMessage(word) {
  const bubble = byId("bubble");
  bubble.textContent = words[word] ?? word;
  bubble.hidden = false;
  clearTimeout(showMessage.timer);
  showMessage.timer = setTimeout(() => (bubble.hidden = true), 4000);
}

function showChanges() {
  const { list, undone } = strokes;
  byId("undo").disabled = byId("clear").disabled = !list.length;
  byId("redo").disabled = !undone.length;
  byId("make").disabled = !list.length || JSON.stringify(list) === strokesMade;
  const outdated = byId("job")?.dataset.kind === "strokes" && JSON.stringify(list) !== strokesMade;
  if (byId("submit_retouch")) {
    byId("submit_retouch").disabled = outdated;
    byId("newer-strokes").hidden = !outdated;
  }
  byId("flip").setAttribute("aria-pressed", String(editor?.flipped ?? false));
  for (const button of document.querySelectorAll("#views button")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === editor?.view));
  }
}

function showJob(state) {
  if (showJob.html === state.html) return;
  showJob.html = state.html;
  byId("result").innerHTML = state.html;
  showChanges();
}

async function make() {
  const text = JSON.stringify(strokes);
  byId("make").disabled = true;
  try {
    strokesMade = text;
    await watch(await sendStrokes(data.urls.strokes, token, strokes.list), showJob);
    byId("result").scrollIntoView({ block: "nearest", behavior: "smooth" });
  } catch (error) {
    strokesMade = "";
    showMessage(error.message);
  }
  showChanges();
}

function scale(input, factor) {
  input.value = Number(input.value) * factor;
  editor.redraw();
}

function shift(input, step) {
  input.value = Number(input.value) + step;
  editor.redraw();
}

const commands = {
  undo: () => editor.undo(),
  redo: () => editor.redo(),
  clear: () => editor.clear(),
  flip: () => editor.flip(),
  "zoom-in": () => editor.zoomBy(ZOOM_STEP),
  "zoom-out": () => editor.zoomBy(1 / ZOOM_STEP),
  fit: () => editor.fit(),
  make,
  "show-help": () => byId("help").showModal(),
};
const choose = (tool) => () => byId(`tool-${tool}`)?.click();
const keys = {
  k: choose("keep"), e: choose("remove"), s: choose("smooth"), c: choose("remove_spill"),
  b: commands.flip, v: () => editor.nextView(), "0": commands.fit, "+": commands["zoom-in"], "=": commands["zoom-in"],
  "-": commands["zoom-out"], "?": commands["show-help"],
  "[": () => scale(byId("size"), 1 / SIZE_STEP), "]": () => scale(byId("size"), SIZE_STEP),
  "{": () => shift(byId("hardness"), -HARDNESS_STEP), "}": () => shift(byId("hardness"), HARDNESS_STEP),
};

function onKey(event) {
  const typing = event.target.matches?.("textarea, select, input:not([type=radio], [type=range], [type=checkbox])");
  if (typing || byId("help").open) return;
  if ((event.ctrlKey || event.metaKey) && ["z", "y"].includes(event.key.toLowerCase())) {
    event.preventDefault();
    if (event.key.toLowerCase() === "y" || event.shiftKey) commands.redo();
    else commands.undo();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && event.target.tagName !== "BUTTON") {
    event.preventDefault();
    editor.spaceDown = true;
    editor.redraw();
    return;
  }
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act) {
    event.preventDefault();
    act();
  }
}

function connect() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("keyup", (event) => {
    if (event.key === " ") editor.spaceDown = false;
  });
  for (const [name, act] of Object.entries(commands)) byId(name).addEventListener("click", act);
  for (const button of document.querySelectorAll("#views button, .small-view")) {
    button.addEventListener("click", () => editor.show(button.dataset.view));
  }
  for (const name of ["size", "hardness"]) byId(name).addEventListener("input", () => editor.redraw());
  window.addEventListener("beforeunload", (event) => {
    if (strokes.list.length && JSON.stringify(strokes) !== strokesMade && !lease.sending) event.preventDefault();
  });
}

async function openBrush() {
  if (!data.info) {
    const state = await watch(data.brush_job, (now) => (byId("brush-state").textContent = now.sentence));
    if (state.status !== "done") return;
    lease.sending = true;
    location.assign(data.urls.submission); // the page then contains the engine's numbers
    return;
  }
  const start = await loadStart(data);
  byId("tool-remove_spill").disabled = !start.hue;
  byId("grey-backdrop").hidden = Boolean(start.hue);
  byId("brush-waits").hidden = byId("plain-pictures").hidden = true;
  byId("editor").hidden = byId("brush").hidden = false;
  const elements = {
    canvas: byId("canvas"), size: byId("size"), hardness: byId("hardness"), pen: byId("pen"), zoom: byId("zoom"),
    small: [...document.querySelectorAll(".small-view canvas")],
  };
  editor = new Editor(elements, start, strokes, data, showChanges, showMessage);
  connect();
  showChanges();
}

const strokes = new Strokes(data);
const lease = new Lease(data.urls, token, () => {
  byId("claim-lost").hidden = false;
});
const waiting = byId("result").querySelector("[data-state-url]");
if (waiting) watch(waiting.dataset.stateUrl, showJob);
openBrush().catch(() => {
  byId("brush-state").textContent = words.brush_failed;
});
