/** The screen of the upload: progress in MB and minutes, refusals in words, and then the next page. */
import { isOnlyInMemory, forget, type KeptPhoto } from "../upload/kept";
import { deliver } from "../upload/queue";
import { Refused, type Progress } from "../upload/send";
import type { Page } from "./document";
import { el, show, statusLine } from "./dom";

const MEGABYTE = 1e6;

/** Send a stored photo and show the progress, then call `done`. A refused photo may be sent again or discarded. */
export async function sendPhoto(photo: KeptPhoto, page: Page, done: () => void, discarded: () => void): Promise<void> {
  const bar = el("progress", { max: "1", value: "0", "aria-label": page.text("sending") });
  const numbers = el("p", { class: "guide-numbers number" });
  const status = statusLine();
  const note = page.text(isOnlyInMemory(photo.key) ? "sending_memory" : "sending_note");
  show(page.root, el("h2", {}, page.text("sending")), bar, numbers, status, el("p", { class: "soft" }, note));
  const onProgress = (progress: Progress) => {
    bar.value = progress.sent / progress.total;
    numbers.textContent = progressText(progress, page);
    setText(status, progress.waiting ? page.text("waiting") : "");
  };
  try {
    await deliverWithToken(photo, page, onProgress);
    show(page.root, el("h2", {}, page.text("received")));
    done();
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    showRefusal(problem, photo, page, done, discarded);
  }
}

/** Deliver; after a refusal without a reason, which a token that has ended causes, once more with a new token. */
async function deliverWithToken(photo: KeptPhoto, page: Page, onProgress: (progress: Progress) => void): Promise<void> {
  try {
    await deliver(photo, { ...page.sendOptions, onProgress });
  } catch (problem) {
    if (!(problem instanceof Refused) || problem.reason !== "403") throw problem;
    await page.renewToken();
    await deliver(photo, { ...page.sendOptions, onProgress });
  }
}

/** "12.3 of 24.0 MB uploaded, about 2 more minutes" */
export function progressText({ sent, total, rate }: Progress, page: Page): string {
  const megabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(1);
  const text = page.text("progress", { sent: megabytes(sent), total: megabytes(total) });
  if (!rate || sent >= total) return text;
  const minutes = Math.round((total - sent) / rate / 60);
  const rest = minutes < 1 ? page.text("seconds") : page.text("minutes", { minutes });
  return `${text}${page.document.language === "zh_CN" ? "，" : ", "}${rest}`;
}

function showRefusal(problem: Refused, photo: KeptPhoto, page: Page, done: () => void, discarded: () => void): void {
  const signedOut = problem.reason === "signed_out";
  const retry = () => void sendPhoto(photo, page, done, discarded);
  const discard = () => void forget(photo.key).then(discarded);
  show(
    page.root,
    el("h2", {}, page.text(signedOut ? "sign_in" : "refused")),
    el("p", { role: "alert" }, problem.sentence || page.text("refused_unknown")),
    el("div", { class: "guide-buttons" },
      el("button", { type: "button", class: "button main", onclick: retry }, page.text("retry")),
      el("button", { type: "button", class: "button quiet", onclick: discard }, page.text("discard"))),
  );
}

/** Change a status line only if it differs, so that it is read out once. */
export function setText(line: HTMLElement, text: string): void {
  if (line.textContent !== text) line.textContent = text;
}
