/** The live screen: the rear camera, one hint, and a button for the helper. No photo is taken automatically. */
import type { Answer, Request } from "../worker";
import type { Verdict } from "../verdict";
import { Camera } from "./camera";
import type { Candidate } from "./check";
import type { Page } from "./document";
import { el, show, statusLine } from "./dom";
import { setText } from "./sending";
import type { Speech } from "./speech";

const HINT_MS = 1000; // at most one hint a second is read out
const SLOW_LOADING_MS = 20_000;

export interface LiveScreen {
  take: (candidate: Candidate) => void;
  other: () => void;
  /** Whether the camera is still wanted once it has opened. */
  isWanted: () => boolean;
}

/** Guidance while the camera runs; `take` gets the photo, `other` opens the screen with the ways without the stream. */
export class Live {
  private worker: Worker | null = null;
  private busy = false;
  private stopped = false;
  private verdicts: Verdict[] = [];
  private hintAt = 0;
  readonly ready: HTMLElement;
  private video = el("video", { playsinline: true, muted: true, autoplay: true, "aria-hidden": "true" });
  private hint = statusLine("", "guide-hint");
  private note = el("p", { class: "soft small guide-note" });
  private shutter: HTMLButtonElement;

  private constructor(private page: Page, private speech: Speech, private camera: Camera, private screen: LiveScreen) {
    this.video = camera.video as typeof this.video;
    const press = () => void this.take();
    this.shutter = el("button", { type: "button", class: "guide-shutter", onclick: press }, page.text("shutter"));
    this.ready = this.hint;
  }

  /** Open the camera and show the screen; null if it is not wanted any more. Raises what the camera raises. */
  static async open(page: Page, speech: Speech, screen: LiveScreen): Promise<Live | null> {
    const video = el("video", { playsinline: true, muted: true, autoplay: true, "aria-hidden": "true" });
    video.muted = true; // the attribute alone does not mute an element made by a script
    const camera = await Camera.open(video, page.document.limits);
    if (!screen.isWanted()) {
      camera.close();
      return null;
    }
    const live = new Live(page, speech, camera, screen);
    live.show();
    live.startGuidance();
    return live;
  }

  close(): void {
    this.stopped = true;
    this.worker?.terminate();
    this.camera.close();
    this.speech.stop();
  }

  private show(): void {
    const { page, speech } = this;
    const sound = el("button", { type: "button", class: "button quiet tiny" }, page.text("sound_off"));
    sound.addEventListener("click", () => {
      speech.on = !speech.on;
      sound.textContent = page.text(speech.on ? "sound_off" : "sound_on");
      if (!speech.on) speech.stop();
    });
    sound.hidden = !speech.available;
    const leave = () => {
      this.close();
      this.screen.other();
    };
    const other = el("button", { type: "button", class: "button quiet tiny", onclick: leave },
      page.text("start_camera_app"));
    other.hidden = !page.sources.includes("camera_app") && !page.sources.includes("album");
    show(page.root, el("h2", { class: "guide-hidden" }, page.text("start_title")),
      el("div", { class: "guide-stage" }, this.video, this.hint), this.note, this.shutter,
      el("div", { class: "guide-tools" }, sound, other));
  }

  private startGuidance(): void {
    const { assets, rules, hints } = this.page.document;
    if (!assets || !guidanceAvailable()) return this.withoutGuidance();
    const slow = setTimeout(() => {
      this.note.textContent = this.page.text("loading_slow");
    }, isSlowConnection() ? 0 : SLOW_LOADING_MS);
    this.worker = new Worker(assets.worker);
    this.worker.onerror = () => {
      this.withoutGuidance();
    };
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.kind !== "loading") clearTimeout(slow);
      this.onAnswer(data);
    };
    this.post({ kind: "load", assets, rules, hints: Object.keys(hints), withMask: hasWebgl2() });
  }

  private onAnswer(answer: Answer): void {
    if (this.stopped) return;
    if (answer.kind === "loading") {
      setText(this.hint, this.page.text("loading", { megabytes: (answer.loaded / 1e6).toFixed(0) }));
    } else if (answer.kind === "ready") {
      this.note.textContent = answer.mask ? "" : this.page.text("backdrop_later");
      void this.sendFrame();
    } else if (answer.kind === "advice") {
      this.busy = false;
      this.verdicts = answer.verdicts;
      this.showHint(answer.hint, answer.ready);
      this.page.root.dataset["milliseconds"] = answer.milliseconds.toFixed(0);
      requestAnimationFrame(() => void this.sendFrame());
    } else if (answer.kind === "failed") this.withoutGuidance();
  }

  private async sendFrame(): Promise<void> {
    if (this.stopped || this.busy || !this.worker) return;
    const frame = await this.camera.frame(this.page.document.limits.analyzed).catch(() => null);
    if (!frame) {
      setTimeout(() => void this.sendFrame(), 200);
      return;
    }
    this.busy = true;
    this.post({ kind: "frame", frame, now: performance.now() / 1000 }, [frame]);
  }

  private showHint(name: string, ready: boolean): void {
    const hint = this.camera.width > this.camera.height ? "upright" : name;
    const now = performance.now();
    this.shutter.classList.toggle("ready", ready && hint === "hold");
    if (this.page.root.dataset["hint"] === hint || now - this.hintAt < HINT_MS) return;
    this.hintAt = now;
    this.page.root.dataset["hint"] = hint;
    const sentence = this.page.document.hints[hint] ?? "";
    this.hint.classList.toggle("good", hint === "hold");
    setText(this.hint, sentence);
    this.speech.say(sentence);
  }

  /** Continue without hints: in an old browser, or if files could not be loaded. */
  private withoutGuidance(): void {
    this.worker?.terminate();
    this.worker = null;
    setText(this.hint, "");
    this.note.textContent = this.page.text("no_guidance");
    this.page.root.dataset["hint"] = "none";
  }

  private async take(): Promise<void> {
    const { limits } = this.page.document;
    if (this.camera.width > this.camera.height) return this.refuse(this.page.document.hints["upright"] ?? "");
    if (this.camera.height < limits.min_stream) return this.refuse(this.page.text("small_stream"));
    this.shutter.disabled = true;
    setText(this.hint, this.page.text("taking"));
    const photo = await this.camera.takePhoto(limits.photo_quality);
    this.close();
    const verdicts = Object.fromEntries(this.verdicts.map(({ rule, outcome }) => [rule, outcome]));
    this.screen.take({ photo, source: "stream", verdicts });
  }

  private refuse(sentence: string): void {
    this.note.textContent = sentence;
    this.note.setAttribute("role", "alert");
    this.speech.say(sentence);
  }

  private post(request: Request, transfer: Transferable[] = []): void {
    this.worker?.postMessage(request, transfer);
  }
}

/** Whether the browser supports guidance, by its features and not by its name. */
function guidanceAvailable(): boolean {
  return typeof WebAssembly === "object" && typeof Worker === "function" && typeof OffscreenCanvas === "function";
}

/** Below a megabit a second the files take a minute; only some browsers report their speed. */
function isSlowConnection(): boolean {
  const { connection } = navigator as Navigator & { connection?: { downlink?: number } };
  return (connection?.downlink ?? 10) < 1;
}

function hasWebgl2(): boolean {
  try {
    return new OffscreenCanvas(1, 1).getContext("webgl2") !== null;
  } catch {
    return false;
  }
}
