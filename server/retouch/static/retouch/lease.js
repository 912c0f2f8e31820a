// The claim of this page: renewed while it is open, and ended soon after it was left.
//
// A browser may send the last request of a page after it has loaded the next page. If that is this page again, it
// renews the claim immediately and once more a little later, so that the order of both requests does not matter.

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
      const response = await fetch(this.urls.renew, { method: "POST", headers: { "X-CSRFToken": this.token } });
      if (response.status === 409 && !this.sending) {
        clearInterval(this.timer);
        this.sending = true; // this page has no claim to end
        onLost();
      }
    } catch {
      // There is no network at the moment; the claim lasts for some minutes.
    }
  }

  #leave() {
    if (this.sending) return;
    const form = new FormData();
    form.append("csrfmiddlewaretoken", this.token);
    navigator.sendBeacon(this.urls.leave, form);
  }
}
