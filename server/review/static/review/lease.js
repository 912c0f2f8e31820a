// The claim of this page: made on opening, renewed while its reviewer is active, given back on leaving.

import { leaveAfter } from "./leaving.js";

const TIMEOUT_MS = 10000;
const ACTIVITY = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"];

export class Lease {
  constructor(layout, token, { onrevision, onlost }) {
    Object.assign(this, { layout, token, onrevision, onlost });
    this.interval = 1000 * Number(layout.dataset.renewSeconds);
    this.held = false;
    this.lost = false;
    this.keep = false; // a decision ends the claim
    this.active = false;
    this.inFlight = null;
    for (const name of ACTIVITY) document.addEventListener(name, () => (this.active = true), { passive: true });
    document.addEventListener("visibilitychange", () => document.hidden || this.claim());
    window.addEventListener("pagehide", () => this.release());
    leaveAfter(() => this.inFlight);
    setInterval(() => this.renew(), this.interval);
    this.claim();
  }

  // Renew only while somebody uses the page, so that claim and session of an unused page end.
  renew() {
    if (this.active && !document.hidden) this.claim();
    this.active = false;
  }

  claim() {
    if (this.lost || this.keep || this.inFlight) return;
    this.inFlight = this.send().finally(() => (this.inFlight = null));
  }

  async send() {
    const options = { method: "POST", body: this.body(), signal: AbortSignal.timeout(TIMEOUT_MS) };
    const response = await fetch(this.layout.dataset.claim, options).catch(() => null);
    // Without a connection, or signed out: the decision itself will claim, or lead to the sign-in page.
    if (!response?.headers.get("Content-Type")?.startsWith("application/json")) return;
    const answer = await response.json();
    if (response.ok) {
      this.held = true;
      this.onrevision(answer.revision);
    } else {
      this.held = false;
      this.lost = true;
      this.onlost(answer.message);
    }
  }

  release() {
    if (!this.held || this.keep) return;
    this.held = false;
    navigator.sendBeacon(this.layout.dataset.release, this.body());
  }

  body() {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", this.token);
    body.append("revision", document.querySelector("input[name=revision]").value);
    return body;
  }
}
