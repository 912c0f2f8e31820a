/**
 * On every page of a signed-in student: finishes an interrupted upload, and loads what live guidance needs in advance.
 *
 * `<div id="upload" data-tables data-photos data-result data-csrf data-sources>` shows the progress;
 * `<div id="prefetch" data-urls="[...]">` names the files.
 */
import { unsentPhotos } from "./upload/queue";
import { Page } from "./page/document";
import { sendPhoto } from "./page/sending";

async function resume(root: HTMLElement): Promise<void> {
  const [photo] = await unsentPhotos(root.dataset["photos"] ?? "");
  if (!photo) return;
  const page = await Page.load(root);
  root.hidden = false;
  const done = () => {
    location.assign(page.data("result") || location.href);
  };
  await sendPhoto(photo, page, done, () => {
    root.hidden = true;
  });
}

/** Load one file after another; none on a connection with data saving. */
async function prefetch(addresses: string[]): Promise<void> {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
  if (connection?.saveData) return;
  for (const address of addresses) {
    const answer = await fetch(address, { priority: "low" });
    await answer.arrayBuffer(); // read to the end, or the browser caches nothing
  }
}

const upload = document.getElementById("upload");
if (upload) resume(upload).catch(() => undefined); // the page works without it, and the photo stays stored
const files = document.getElementById("prefetch")?.dataset["urls"];
if (files) prefetch(JSON.parse(files) as string[]).catch(() => undefined);
