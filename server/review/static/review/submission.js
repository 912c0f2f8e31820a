// Keyboard, pictures and claim of one submission. Without script the page's forms do the same, one click each.

import { startCountdowns } from "./countdown.js";
import { Lease } from "./lease.js";
import { Marks, shape } from "./marks.js";
import { Stage } from "./stage.js";

const REST_MS = 400; // a key that was meant for the picture before must not decide about this one
const byId = (id) => document.getElementById(id);
const layout = byId("review");
const decision = byId("decision");
const help = byId("help");
let ready = false;
let chosen = null; // the button that Enter presses
let locked = false;

const stage = byId("stage") && makeStage();
const marks = stage && decision && makeMarks();
const lease = layout.dataset.claim && makeLease();
startCountdowns();
waitForPicture();
if (decision) listenToForms();

const keys = {
  a: () => choose(byId("approve")),
  r: () => choose(byId("reject")),
  t: () => choose(byId("request_retouch") || byId("send_back")),
  i: () => byId("identity-confirmed")?.click(),
  c: () => byId("comment")?.focus(),
  m: () => marks?.toggle(),
  u: () => (byId("undo-button") || byId("take-back"))?.click(),
  f: () => stage?.flip(),
  w: () => stage?.toggleWhole(),
  z: () => stage?.toggleZoom(),
  b: () => byId("unretouched")?.click(),
  l: () => byId("show-lines")?.click(),
  j: () => byId("after")?.click(),
  k: () => byId("before")?.click(),
  0: openOtherReasons,
  "?": () => help.showModal(),
  Enter: confirm,
  Escape: escape,
  ArrowRight: () => stage?.panBy(1, 0) || byId("after")?.click(),
  ArrowLeft: () => stage?.panBy(-1, 0) || byId("before")?.click(),
  ArrowUp: () => stage?.panBy(0, -1),
  ArrowDown: () => stage?.panBy(0, 1),
};
for (let digit = 1; digit <= 9; digit++) keys[digit] = () => document.querySelector(`input[data-key="${digit}"]`)?.click();

document.addEventListener("keydown", (event) => {
  if (help.open) return;
  if (isWriting(event.target)) return keyWhileWriting(event);
  if (event.ctrlKey || event.metaKey || event.altKey) return; // shortcuts of the browser
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!keys[key] || (key === "Enter" && isClickedByEnter(event.target))) {
    if (key === "Enter" && !ready) event.preventDefault();
    return;
  }
  if (key.startsWith("Arrow") && !stage?.element.classList.contains("zoomed") && /Up|Down/.test(key)) return; // scrolls
  event.preventDefault();
  const pans = key.startsWith("Arrow") && stage?.element.classList.contains("zoomed");
  if ((!event.repeat || pans) && ready) keys[key]();
});

// A button that was clicked does not keep the focus: Enter confirms the decision, it does not press the button again.
document.addEventListener("click", (event) => {
  if (event.detail && event.target.closest("button[type=button], summary, label")) document.activeElement.blur();
});
window.addEventListener("pageshow", (event) => event.persisted && location.reload());

help.querySelector("form").addEventListener("submit", () => byId("help-button").focus());
byId("help-button").hidden = false;
byId("help-button").addEventListener("click", () => help.showModal());

function makeStage() {
  const buttons = { flip: byId("flip"), whole: byId("whole"), zoom: byId("zoom") };
  const made = new Stage(byId("stage"), { name: byId("view-name"), size: byId("magnification"), ...buttons });
  for (const button of Object.values(buttons)) button.hidden = false;
  buttons.flip.addEventListener("click", () => made.flip());
  buttons.whole.addEventListener("click", () => made.toggleWhole());
  buttons.zoom.addEventListener("click", () => made.toggleZoom(null));
  byId("show-whole").addEventListener("click", (event) => {
    event.preventDefault();
    made.show("whole");
    made.element.scrollIntoView({ block: "nearest" });
  });
  const unretouched = byId("unretouched");
  if (unretouched) {
    unretouched.hidden = false;
    unretouched.addEventListener("click", () => made.togglePortrait(unretouched));
  }
  for (const button of document.querySelectorAll(".show-mark")) button.addEventListener("click", () => showMark(button));
  return made;
}

// Show a mark of the history until another one is shown.
function showMark(button) {
  stage.show("portrait");
  const share = (name) => Number.parseFloat(button.dataset[name]) / 100;
  const mark = shape({ x: share("x"), y: share("y"), w: share("w"), h: share("h") }, "");
  mark.classList.add("of-history");
  byId("marks").querySelector(".of-history")?.remove();
  byId("marks").append(mark);
}

function makeMarks() {
  const button = byId("mark");
  const made = new Marks(stage, byId("reject-form"), button, byId("mark-hint"));
  button.hidden = false;
  button.addEventListener("click", () => made.toggle());
  return made;
}

function makeLease() {
  const token = decision.querySelector("input[name=csrfmiddlewaretoken]").value;
  return new Lease(layout, token, {
    onrevision: (revision) => {
      for (const field of document.querySelectorAll("input[name=revision]")) field.value = revision;
    },
    onlost: lock,
  });
}

// Somebody else has the submission, or it has changed: nothing can be decided on this page any more.
function lock(message) {
  locked = true;
  choose(null);
  byId("meanwhile").querySelector("span").textContent = message;
  byId("meanwhile").hidden = false;
  for (const control of decision.querySelectorAll("button, input, textarea")) control.disabled = true;
}

function waitForPicture() {
  const picture = byId("portrait") || document.querySelector(".shot img");
  let timer = null;
  const shown = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      ready = true;
      document.body.dataset.ready = "yes";
    }, REST_MS);
  };
  if (picture.complete) shown();
  else for (const name of ["load", "error"]) picture.addEventListener(name, shown, { once: true });
}

function isWriting(target) {
  return target instanceof Element && target.matches("textarea, select, input:not([type=checkbox])");
}

// Enter clicks a focused link, summary or button; a button of the decision only if none is chosen.
function isClickedByEnter(target) {
  if (!(target instanceof Element)) return false;
  return target.matches("a, summary, button:not([name=action])") || (target.matches("button") && !chosen);
}

function keyWhileWriting(event) {
  if (event.key === "Escape") event.target.blur();
  if (event.key === "Enter" && event.ctrlKey && ready) {
    event.preventDefault();
    if (!chosen) choose(byId("reject"));
    confirm();
  }
}

function choose(button) {
  if (button && (locked || button.disabled)) return;
  chosen = button;
  for (const one of decision?.querySelectorAll("button[name=action]") || []) {
    one.classList.toggle("chosen", one === button);
    one.setAttribute("aria-pressed", one === button);
  }
  if (!decision) return;
  const label = button ? button.firstChild.textContent.trim() : "";
  byId("choice").textContent = button ? decision.dataset.choice.replace("#", label) : "";
}

function confirm() {
  if (chosen && !locked) chosen.form.requestSubmit(chosen);
}

function openOtherReasons() {
  const details = byId("all-reasons");
  if (!details) return;
  details.open = true;
  details.querySelector("input[type=checkbox]").focus();
}

// Go one step back: end the mark, the enlargement or the choice; else leave the page, which gives the claim back.
function escape() {
  if (marks?.active) return marks.stop();
  if (stage?.unzoom()) return;
  if (chosen) return choose(null);
  byId("to-queue").click();
}

function listenToForms() {
  const reasons = [...decision.querySelectorAll("input[name=reason]")];
  for (const checkbox of reasons) {
    checkbox.addEventListener("change", () => {
      marks?.choose(checkbox);
      chooseByReasons();
    });
  }
  // Checked before this script had loaded, or restored by the browser. A form that was refused shows its reasons too, but
  // they may have been those of another decision.
  if (reasons.some((checkbox) => checkbox.checked && !checkbox.defaultChecked)) chooseByReasons();
  byId("comment").addEventListener("input", checkReasons);
  for (const form of decision.querySelectorAll("form")) {
    for (const button of form.querySelectorAll("button[name=action]")) {
      button.addEventListener("click", (event) => {
        if (!ready) event.preventDefault();
        if (form.id === "reject-form") checkReasons();
      });
    }
    form.addEventListener("submit", (event) => submitOnce(event, form));
  }
}

// With a reason, a rejection is chosen; without one, none is.
function chooseByReasons() {
  checkReasons();
  const some = decision.querySelector("input[name=reason]:checked");
  if (some && (!chosen || chosen.id === "approve")) choose(byId("reject"));
  if (!some && chosen && chosen.id !== "approve") choose(null);
}

// The browser shows what is missing beside the field; the server checks the same.
function checkReasons() {
  const [comment, reasons] = [byId("comment"), byId("reasons")];
  const checked = [...reasons.querySelectorAll("input[name=reason]:checked")];
  const needsText = checked.some((checkbox) => checkbox.value === "other") && !comment.value.trim();
  comment.setCustomValidity(needsText ? comment.dataset.missing : "");
  reasons.querySelector("input[name=reason]").setCustomValidity(checked.length ? "" : reasons.dataset.missing);
}

function submitOnce(event, form) {
  // The second click of a double click would decide on the next portrait before it is seen.
  if (document.body.dataset.sent || locked) return event.preventDefault();
  if (lease?.inFlight) {
    // The claim changes the revision that the decision has to send.
    event.preventDefault();
    return lease.inFlight.then(() => form.requestSubmit(event.submitter));
  }
  document.body.dataset.sent = "yes";
  if (lease) lease.keep = true;
}
