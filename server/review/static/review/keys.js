// Keyboard shortcuts of one submission: A approves, R goes to the reason, J/K and the arrows change pages, ? lists them.
"use strict";

const byId = (id) => document.getElementById(id);
const click = (id) => byId(id)?.click();
const actions = {
  a: () => click("approve"),
  r: () => byId("reason")?.focus(),
  j: () => click("after"),
  ArrowRight: () => click("after"),
  k: () => click("before"),
  ArrowLeft: () => click("before"),
  "?": () => byId("help").showModal(),
};
const writing = (target) => target instanceof Element && target.matches("input, select, textarea");

document.addEventListener("keydown", (event) => {
  if (writing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    if (event.key === "Enter" && event.ctrlKey) click("reject");
    return;
  }
  // A held key or a browser shortcut must never decide about a portrait.
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  const act = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

byId("help-button").addEventListener("click", actions["?"]);

// The second click of a double click would decide on the next portrait before it is seen.
for (const form of document.querySelectorAll("form[action$='decide'], form[action*='decide?']")) {
  form.addEventListener("submit", (event) => {
    if (document.body.dataset.sent) event.preventDefault();
    document.body.dataset.sent = "yes";
  });
}
