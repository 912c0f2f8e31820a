// Files and folders that are dropped or chosen, sent one after the other.

import { post, sendFile } from "./api.js";
import { byId, headBytes, maxBytes, showMessage, text } from "./elements.js";

const waiting = [];
let sending = false;
let sent = 0;
let total = 0;
let onChange = () => {};

/** Return the number of files that are not sent yet. */
export const filesToSend = () => waiting.length + (sending ? 1 : 0);

/** Connect the drop area and the buttons; `changed` is called when the number of files changes. */
export function startUploads(changed) {
  onChange = changed;
  for (const id of ["folder", "files"]) {
    const input = byId(id);
    byId(`choose-${id}`).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      add(Array.from(input.files, (file) => ({ file, name: belowTop(file.webkitRelativePath) || file.name, inFolder: id === "folder" })));
      input.value = "";
    });
  }
  const area = byId("drop");
  addEventListener("dragover", (event) => {
    event.preventDefault(); // otherwise the browser leaves the page and opens the file
    area.classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && area.classList.remove("over"));
  addEventListener("drop", async (event) => {
    event.preventDefault();
    area.classList.remove("over");
    add(await filesOf(event.dataTransfer));
  });
}

/** The path below the folder that was chosen, as `zhengguan photo make FOLDER` names it. */
function belowTop(path) {
  return path.split("/").slice(1).join("/");
}

/** The files that were dropped, with those of all folders below. */
async function filesOf(transfer) {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.()).filter(Boolean); // before any await
  const files = [];
  for (const entry of entries) {
    if (entry.isDirectory) await walk(entry, "", files);
    else files.push({ file: await fileOf(entry), name: entry.name, inFolder: false });
  }
  return files;
}

async function walk(folder, path, files) {
  const reader = folder.createReader();
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // 100 at most in Chrome
    if (!batch.length) return;
    for (const entry of batch) {
      if (entry.isDirectory) await walk(entry, `${path}${entry.name}/`, files);
      else files.push({ file: await fileOf(entry), name: path + entry.name, inFolder: true });
    }
  }
}

const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

/** Queue the pictures among the files. In a folder other files are normal: they are counted, not refused. */
async function add(files) {
  const single = files.filter((one) => !one.inFolder);
  const chosen = [...single, ...(await picturesOf(files.filter((one) => one.inFolder)))];
  if (!chosen.length) return showMessage("add", text("no_pictures"), "bad");
  waiting.push(...chosen);
  total += chosen.length;
  onChange();
  if (!sending) await sendAll();
}

async function picturesOf(files) {
  if (!files.length) return [];
  const listed = [];
  for (const { file, name } of files) listed.push({ name, head: await headOf(file) });
  try {
    const selection = await post("api/select", { files: listed });
    const kinds = Object.entries(selection.skipped).map(([kind, count]) => `${kind} ${count}`);
    const count = Object.values(selection.skipped).reduce((sum, each) => sum + each, 0);
    if (count) showMessage("skipped", text("skipped", { count, kinds: kinds.join(", ") }));
    return selection.taken.map((place) => files[place]);
  } catch (problem) {
    showMessage("add", problem.message, "bad");
    return [];
  }
}

async function headOf(file) {
  try {
    const bytes = new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    return ""; // it cannot be read: the reason is shown when it is sent
  }
}

async function sendAll() {
  sending = true;
  let duplicates = 0;
  while (waiting.length) {
    const { file, name } = waiting.shift();
    sent += 1;
    onChange(text("uploading", { number: sent, total, name }));
    try {
      if (file.size > maxBytes) throw new Error(text("too_large"));
      duplicates += (await sendFile(file, name)).id === null ? 1 : 0;
    } catch (problem) {
      showMessage(`file ${name}`, text("upload_failed", { name, why: problem.message }), "bad");
    }
  }
  sending = false;
  sent = total = 0;
  if (duplicates) showMessage("duplicates", text("duplicates", { count: duplicates }));
  onChange();
}
