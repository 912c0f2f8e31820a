"use strict";
// Everything works without this file, except the puzzle before a further code by SMS.

// Scale the picture to `side` pixels, which are enough for a card's text: fewer megabytes for a slow connection. The
// server does not store the picture in either case.
async function shrink(input, side) {
  const file = input.files[0];
  const canvas = input.parentElement.querySelector("canvas");
  if (!file || !window.createImageBitmap || !window.DataTransfer) return;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return; // a format that this browser does not show: the server reads it
  }
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  canvas.hidden = false;
  const small = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
  if (!small || small.size >= file.size || input.files[0] !== file) return;
  const list = new DataTransfer();
  list.items.add(new File([small], "picture.jpg", { type: "image/jpeg" }));
  input.files = list.files;
}

async function hash(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Find the number that has the hash of the puzzle (altcha, version 1), and write it into the form.
async function solve(form) {
  const puzzle = JSON.parse(form.dataset.puzzle);
  const note = form.querySelector("[data-puzzle-note]");
  const button = form.querySelector("button");
  button.disabled = true;
  for (let number = 0; number <= puzzle.maxnumber; number += 1) {
    if ((await hash(puzzle.salt + number)) === puzzle.challenge) {
      const { algorithm, challenge, salt, signature } = puzzle;
      form.elements.puzzle.value = JSON.stringify({ algorithm, challenge, salt, signature, number });
      break;
    }
  }
  note.textContent = note.dataset.done;
  button.disabled = false;
}

// A second tap on the same button would come to a session that has gone on: its code is used up, its visit is over, and the
// page of the second request hides that the first one succeeded. After a while the first one may be lost: then send again.
const REPEAT_MS = 10_000;
const sentAt = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.timeStamp - (sentAt.get(form) ?? -Infinity) < REPEAT_MS) event.preventDefault();
  else if (!event.defaultPrevented) sentAt.set(form, event.timeStamp);
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) sentAt.delete(form);
});

for (const form of document.querySelectorAll("form[data-puzzle]")) if (window.crypto?.subtle) solve(form);
for (const form of document.querySelectorAll("form[data-shrink]")) {
  for (const input of form.querySelectorAll("input[type=file]")) {
    const shrinkChosen = () => shrink(input, Number(form.dataset.shrink));
    input.addEventListener("change", shrinkChosen);
    shrinkChosen(); // chosen before this script had loaded
  }
  form.addEventListener("submit", (event) => {
    const button = event.submitter ?? form.querySelector("button");
    if (button.dataset.busy) button.textContent = button.dataset.busy;
    setTimeout(() => { button.disabled = true; }, 0);
  });
}
