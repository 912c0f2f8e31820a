// Enter on the queue opens its first submission, G the grid.
"use strict";

const targets = { Enter: "start", g: "to-grid" };
document.addEventListener("keydown", (event) => {
  const free = document.activeElement === document.body || document.activeElement === null;
  if (!free || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  document.getElementById(targets[key] ?? "")?.click();
});
