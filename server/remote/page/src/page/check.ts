/** The screen after the photo: verdicts and preview from the server, then submit it or take another one. */
import { keepPhoto } from "../upload/queue";
import type { Submission } from "../upload/kept";
import { Refused } from "../upload/send";
import type { Photo } from "./camera";
import type { Page, Source } from "./document";
import { el, show, statusLine } from "./dom";
import { judge, proofOf, type Proof, type ProofVerdict } from "./proof";
import { sendPhoto, setText } from "./sending";

export interface Candidate {
  photo: Photo;
  source: Source;
  verdicts: Record<string, string>;
}

/** Check a candidate; `again` returns to the camera, `done` follows when the photo has arrived. `unreadable` follows if
 *  the phone does not let the page read the photo any more. */
export async function checkPhoto(
  candidate: Candidate, page: Page, again: () => void, done: () => void, unreadable: () => void,
): Promise<void> {
  const address = URL.createObjectURL(candidate.photo.file);
  const status = statusLine(page.text("checking"));
  const own = el("figure", {}, el("img", { src: address, alt: page.text("your_photo") }));
  const pictures = el("div", { class: "guide-pictures" }, own);
  const results = el("div", {});
  const start = () => {
    buttons.hidden = true; // a photo that is stored already would be sent even after "again"
    submit(candidate, page, again, done).catch(unreadable);
  };
  const buttons = el("div", { class: "guide-buttons" },
    el("button", { type: "button", class: "button main", onclick: start }, page.text("submit")),
    el("button", { type: "button", class: "button quiet", onclick: again }, page.text("again")));
  buttons.hidden = true;
  show(page.root, el("h2", {}, page.text("verdicts")), status, pictures, results, buttons);
  try {
    const proof = await proofOf(candidate.photo.file, page);
    if (!proof) setText(status, page.text("check_later"));
    else {
      const result = await judge(proof, page, (state) => {
        report(state, status, page);
      });
      showProof(result, page, status, pictures, results);
      if (result.verdicts.some((verdict) => verdict.outcome === "fail")) swapButtons(buttons);
    }
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    setText(status, problem.sentence || page.text("check_later"));
  }
  buttons.hidden = false;
}

/** With a fault, recommend another photo; the student may still submit this one. */
function swapButtons(buttons: HTMLElement): void {
  for (const button of buttons.children) {
    button.classList.toggle("main");
    button.classList.toggle("quiet");
  }
}

function report(state: Proof | null, status: HTMLElement, page: Page): void {
  if (!state) setText(status, page.text("check_offline"));
  else if (state.place > 0) setText(status, page.text("checking_place", { place: state.place }));
  else setText(status, page.text("checking"));
}

function showProof(proof: Proof, page: Page, status: HTMLElement, pictures: HTMLElement, results: HTMLElement): void {
  setText(status, proof.sentence);
  if (proof.preview) {
    const preview = el("img", { src: proof.preview, alt: page.text("preview") });
    pictures.append(el("figure", {}, preview, el("figcaption", {}, page.text("preview"))));
  }
  const open = proof.verdicts.filter((verdict) => ["fail", "unsure"].includes(verdict.outcome));
  const passed = proof.verdicts.filter((verdict) => verdict.outcome === "pass").length;
  if (open.length) results.append(el("ul", { class: "guide-verdicts" }, ...open.map((one) => verdictLine(one, page))));
  else if (proof.state === "done") results.append(el("p", {}, page.text("all_fine")));
  if (passed) results.append(el("p", { class: "soft small" }, page.text("passed", { count: passed })));
}

function verdictLine(verdict: ProofVerdict, page: Page): HTMLElement {
  const outcome = page.text(`outcome_${verdict.outcome}`);
  return el("li", { class: verdict.outcome },
    el("p", {}, el("b", {}, verdict.title), " ", el("span", { class: "guide-outcome" }, outcome)),
    verdict.advice ? el("p", {}, verdict.advice) : null);
}

async function submit(candidate: Candidate, page: Page, again: () => void, done: () => void): Promise<void> {
  const { photo, source, verdicts } = candidate;
  const submission: Submission = {
    source,
    facing: photo.facing,
    width: photo.width,
    height: photo.height,
    user_agent: navigator.userAgent,
    browser_verdicts: verdicts,
  };
  const kept = await keepPhoto(photo.file, page.data("photos"), submission);
  await sendPhoto(kept, page, done, again);
}
