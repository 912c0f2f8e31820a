// The claim of this page: renewed while it is open, and ended soon after it was left.
//
// A browser sends the message of a page that is left after it has loaded the next one. If that is this page again, it
// renews the claim at once and once more a little later, so that the order of both messages does not matter.

const RENEW_MS = 60_000;
const SECOND_MS = 5_000;

export class Lease {
  // A form that is submitted here leaves the page on purpose; the claim stays until the server has decided.
  constructor(urls, token, onLost) {
    this.urls = urls;
    this.token = token;
    this.sending = false;
    document.addEventListener("submit", () => {
      this.sending = true;
    });
    window.addEventListener("pagehide", () => this.#leave());
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) location.assign(this.urls.submission); // shown from memory: the claim is gone
    });
    this.timer = setInterval(() => this.#renew(onLost), RENEW_MS);
    setTimeout(() => this.#renew(onLost), SECOND_MS);
    this.#renew(onLost);
  }

  async #renew(onLost) {
    if (this.sending) return; // the decision ends the claim; a renewal after it would report a loss
    try {
      const answer = await fetch(this.urls.renew, { method: "POST", headers: { "X-CSRFToken": this.token } });
      if (answer.status === 409 && !this.sending) {
        clearInterval(this.timer);
        this.sending = true; // there is nothing to give back
        onLost();
      }
    } catch {
      // The network is gone for the moment; the claim lasts for some minutes.
    }
  }

  #leave() {
    if (this.sending) return;
    const form = new FormData();
    form.append("csrfmiddlewaretoken", this.token);
    navigator.sendBeacon(this.urls.leave, form);
  }
}
