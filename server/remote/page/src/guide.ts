/** The page on which the photo is taken: `<div id="guide">` (server/remote/README.md). */
import { unsentPhotos } from "./upload/queue";
import { cameraAvailable, sizeOf } from "./page/camera";
import { checkPhoto, type Candidate } from "./page/check";
import { Page, type Source } from "./page/document";
import { el, show, statusLine } from "./page/dom";
import { Live } from "./page/live";
import { sendPhoto } from "./page/sending";
import { Speech } from "./page/speech";

class Guide {
  private speech: Speech;
  private problem = "";
  private opening: symbol | null = null;

  constructor(private page: Page) {
    this.speech = new Speech(page.document.language);
  }

  /** Finish an upload that was interrupted, else offer the ways to a photo. */
  async start(): Promise<void> {
    const [photo] = await unsentPhotos(this.page.data("photos"));
    if (photo) {
      this.page.root.dataset["busy"] = "";
      await sendPhoto(photo, this.page, this.done, this.choose);
    } else this.choose();
  }

  private choose = (): void => {
    const { page } = this;
    delete page.root.dataset["busy"];
    const stream = page.sources.includes("stream");
    const usable = stream && cameraAvailable();
    const open = () => void this.openCamera();
    const label = page.text("start_stream");
    const children = [
      el("h2", {}, page.text("start_title")),
      statusLine(this.problem || (stream && !usable ? page.text("no_camera") : ""), "guide-problem"),
      usable ? el("button", { type: "button", class: "button main guide-wide", onclick: open }, label) : null,
      usable ? el("p", { class: "soft" }, page.text("start_stream_note")) : null,
      ...this.fileButtons(stream && !usable),
    ];
    this.problem = "";
    show(page.root, ...children);
  };

  /** Without the stream the camera app is offered, even if the campaign allows the stream alone. */
  private fileButtons(needed: boolean): HTMLElement[] {
    const ways: Source[] = ["camera_app", "album"];
    return ways
      .filter((way) => this.page.sources.includes(way) || (needed && way === "camera_app"))
      .map((way) => this.fileButton(way));
  }

  private fileButton(source: Source): HTMLElement {
    const capture = source === "camera_app" && "environment";
    const input = el("input", { type: "file", accept: "image/*", class: "guide-hidden", capture });
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void this.takeFile(file, source);
    });
    return el("label", { class: "button quiet guide-wide" }, this.page.text(`start_${source}`), input);
  }

  private async takeFile(file: File, source: Source): Promise<void> {
    const { photo_bytes: limit } = this.page.document.limits;
    const isPhoto = file.type.startsWith("image/") || /\.(jpe?g|png|heic|heif|webp)$/i.test(file.name);
    if (!isPhoto || !file.size) this.problem = this.page.text("not_a_photo");
    else if (file.size > limit) this.problem = this.page.text("too_large", { megabytes: Math.floor(limit / 1e6) });
    if (this.problem) {
      this.choose();
      return;
    }
    const size = await sizeOf(file).catch(() => ({ width: 0, height: 0 })); // HEIC: the server reads it
    this.check({ photo: { file, ...size, facing: "" }, source, verdicts: {} });
  }

  /** Open the camera once: a second camera would stay on, and its hints would be spoken during the check. The phone may
   *  ask for permission first; meanwhile the student may choose another way, and then the camera is not wanted. */
  private async openCamera(): Promise<void> {
    if (this.opening) return;
    const opening = Symbol();
    this.opening = opening;
    const isWanted = () => this.opening === opening;
    this.speech.start();
    this.page.root.dataset["busy"] = "";
    try {
      await Live.open(this.page, this.speech, { take: this.check, other: this.choose, isWanted });
    } catch {
      if (!isWanted()) return;
      this.problem = this.page.text("camera_denied");
      this.choose();
    } finally {
      if (isWanted()) this.opening = null;
    }
  }

  private check = (candidate: Candidate): void => {
    this.opening = null;
    this.page.root.dataset["busy"] = "";
    checkPhoto(candidate, this.page, this.choose, this.done, this.giveUp).catch(this.giveUp);
  };

  /** Return to the ways to a photo: the phone does not let the page read this one. */
  private giveUp = (): void => {
    this.problem = this.page.text("photo_unreadable");
    this.choose();
  };

  private done = (): void => {
    location.assign(this.page.data("result") || this.page.data("status"));
  };
}

async function main(root: HTMLElement): Promise<void> {
  const page = await Page.load(root).catch(() => null);
  const form = document.getElementById("plain-form");
  const inputs = [...(form?.querySelectorAll<HTMLInputElement>("input[type=file]") ?? [])];
  // The plain form stays without the document, and where a photo was chosen in it while the document was loading.
  if (!page || inputs.some((input) => input.files?.length)) return;
  form?.setAttribute("hidden", "");
  await new Guide(page).start();
}

const root = document.getElementById("guide");
if (root) void main(root);
