// How long each portrait was on the screen: inside the window, its picture painted, the page visible.
const VISIBLE_SHARE = 0.75;

export class SeenTimes {
  constructor() {
    this.times = new Map();
    this.observer = new IntersectionObserver((entries) => this.#intersected(entries), { threshold: VISIBLE_SHARE });
    document.addEventListener("visibilitychange", () => this.times.forEach((time) => this.#update(time)));
  }

  watch(tile) {
    const picture = tile.querySelector("img");
    if (!picture || this.times.has(picture)) return;
    const time = { total: 0, since: null, inside: false, painted: false };
    this.times.set(picture, time);
    this.observer.observe(picture);
    picture.decode().then(() => { time.painted = true; this.#update(time); }, () => {});
  }

  forget(tile) {
    const picture = tile.querySelector("img");
    if (picture) this.observer.unobserve(picture);
    this.times.delete(picture);
  }

  milliseconds(tile) {
    const time = this.times.get(tile.querySelector("img"));
    if (!time) return 0;
    return time.total + (time.since === null ? 0 : performance.now() - time.since);
  }

  #intersected(entries) {
    for (const entry of entries) {
      const time = this.times.get(entry.target);
      if (!time) continue;
      time.inside = entry.isIntersecting && entry.intersectionRatio >= VISIBLE_SHARE;
      this.#update(time);
    }
  }

  #update(time) {
    const counts = time.inside && time.painted && document.visibilityState === "visible";
    if (counts && time.since === null) time.since = performance.now();
    if (!counts && time.since !== null) {
      time.total += performance.now() - time.since;
      time.since = null;
    }
  }
}
