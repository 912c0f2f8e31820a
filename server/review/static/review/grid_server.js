// The requests of the grid. A request that fails, or is answered by another page (signed out), is an error.
export class GridServer {
  constructor(root) {
    this.urls = root.dataset;
    this.token = root.querySelector("[name=csrfmiddlewaretoken]").value;
  }

  /** Claim the next page; return its tiles, which contain their pictures. */
  async claim() {
    const response = await this.#post(this.urls.claim, this.#form([]), "text/html");
    const holder = document.createElement("div");
    holder.innerHTML = await response.text();
    return [...holder.querySelectorAll(".tile")];
  }

  async renew(ids) {
    return new Set((await this.#json(this.urls.renew, this.#form(ids))).held);
  }

  async decide(approve, marked) {
    return this.#json(this.urls.decide, JSON.stringify({ approve, marked }));
  }

  async undo(ids) {
    const form = this.#form(ids);
    form.append("keep", "1");
    return new Set((await this.#json(this.urls.undo, form)).taken_back);
  }

  /** Give claims back while the page is being left: the browser sends this even after the page was closed. */
  giveBack(ids) {
    if (ids.length) navigator.sendBeacon(this.urls.giveBack, this.#form(ids));
  }

  #form(ids) {
    const form = new FormData();
    form.append("csrfmiddlewaretoken", this.token);
    for (const id of ids) form.append("id", id);
    return form;
  }

  async #json(url, body) {
    return (await this.#post(url, body, "application/json")).json();
  }

  async #post(url, body, type) {
    const headers = { "X-CSRFToken": this.token, Accept: type };
    const response = await fetch(url, { method: "POST", body, headers, redirect: "error", credentials: "same-origin" });
    if (!response.ok || !response.headers.get("Content-Type").startsWith(type)) throw new Error(String(response.status));
    return response;
  }
}
