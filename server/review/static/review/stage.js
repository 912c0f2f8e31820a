// The stage: portrait and shot at the same place, and their real pixels.
//
// All places are shares of the portrait's frame. The sheet is the frame, enlarged by `factor` and moved so that the share
// `pan` of what does not fit lies to the left and above. Flipping changes the picture, not the place.

const MAGNIFICATIONS = [1, 2, 4, 8];
const NOTICEABLE = 1.05; // a magnification closer to the whole picture than this shows nothing more
const DRAG_PX = 4;
const PAN_STEP = 0.12;
const FACE = { x: 0.5, y: 0.4 }; // where the eyes are in every standard
const clamp = (value) => Math.min(1, Math.max(0, value));

export class Stage {
  constructor(element, labels) {
    this.element = element;
    this.labels = labels;
    this.sheet = element.querySelector(".sheet-of-stage");
    this.portrait = element.querySelector("#portrait");
    this.alignment = readAlignment(element.dataset);
    this.view = "portrait";
    this.factor = 1;
    this.pan = { x: 0, y: 0 };
    this.pointer = null;
    this.onmark = null; // while a mark is drawn, the pointer belongs to it
    this.shot = this.makeShot();
    this.listen();
  }

  get size() {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  // The share of the frame under a point of the window.
  placeAt(x, y) {
    const box = this.sheet.getBoundingClientRect();
    return { x: clamp((x - box.left) / box.width), y: clamp((y - box.top) / box.height) };
  }

  show(view) {
    this.view = view === "shot" && !this.alignment ? "whole" : view;
    if (this.view !== "portrait" && this.factor > 1) this.loadFullShot();
    this.draw();
  }

  flip() {
    this.show(this.view === "portrait" ? "shot" : "portrait");
  }

  toggleWhole() {
    this.show(this.view === "whole" ? "portrait" : "whole");
  }

  // Swap the portrait for the one of the button's address, and its name for the button's; then back.
  togglePortrait(button) {
    const { address, name } = button.dataset;
    const names = this.labels.name.dataset;
    [button.dataset.address, this.portrait.src] = [this.portrait.src, address];
    [button.dataset.name, names.portrait] = [names.portrait, name];
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    this.show("portrait");
  }

  // Enlarge to real pixels around `place` (a share of the visible frame), or show the whole picture again.
  toggleZoom(place) {
    if (this.factor > 1) {
      this.factor = 1;
    } else {
      if (this.view !== "portrait") this.loadFullShot();
      this.zoomedView = this.view;
      this.factor = this.realPixels();
      this.pan = place || this.pointer || FACE;
    }
    this.draw();
  }

  unzoom() {
    const zoomed = this.factor > 1;
    this.factor = 1;
    this.draw();
    return zoomed;
  }

  panBy(x, y) {
    if (this.factor === 1) return false;
    this.pan = { x: clamp(this.pan.x + x * PAN_STEP), y: clamp(this.pan.y + y * PAN_STEP) };
    this.draw();
    return true;
  }

  // The factor at which one pixel of the shown file is one of the screen, or the first whole multiple that enlarges.
  realPixels() {
    const one = this.shownWidth() / this.pixelWidth() / this.factor; // screen pixels for a pixel of the file at factor 1
    const wanted = MAGNIFICATIONS.find((magnification) => magnification / one > NOTICEABLE) || MAGNIFICATIONS.at(-1);
    return wanted / one;
  }

  // How many screen pixels one pixel of the shown file has.
  magnification() {
    return this.shownWidth() / this.pixelWidth();
  }

  shownWidth() {
    const share = this.view === "portrait" ? 1 : this.shotBox().width;
    return share * this.size.width * this.factor * window.devicePixelRatio;
  }

  pixelWidth() {
    if (this.view === "portrait") return this.portrait.naturalWidth || this.portrait.width;
    const announced = Number(this.element.dataset.fullWidth || 0);
    const full = this.element.dataset.full && !this.fullFailed;
    return full && !this.fullLoaded && announced ? announced : this.shot.naturalWidth || 1;
  }

  // The shot's place in the frame: by the recipe, or completely within it.
  shotBox() {
    if (this.view === "shot") return this.alignment;
    const { width, height } = this.size;
    const ratio = ((this.shot.naturalWidth || 3) / (this.shot.naturalHeight || 4)) * (height / width);
    const box = ratio > 1 ? { width: 1, height: 1 / ratio } : { width: ratio, height: 1 };
    return { ...box, left: (1 - box.width) / 2, top: (1 - box.height) / 2, angle: 0 };
  }

  makeShot() {
    const shot = new Image();
    shot.className = "shot-on-stage";
    shot.alt = "";
    shot.draggable = false;
    shot.addEventListener("load", () => {
      if (this.factor > 1 && this.zoomedView === this.view && this.view !== "portrait") this.factor = this.realPixels();
      this.draw();
    });
    this.portrait.after(shot);
    return shot;
  }

  loadShot() {
    if (!this.shot.src) this.shot.src = this.element.dataset.shot;
  }

  // The original file is loaded when its real pixels are to be shown; until then, and where a browser cannot show it,
  // the preview stays.
  loadFullShot() {
    const address = this.element.dataset.full;
    if (!address || this.full) return;
    this.full = new Image();
    this.full.addEventListener("load", () => {
      this.fullLoaded = true;
      this.shot.src = address;
    });
    this.full.addEventListener("error", () => {
      this.fullFailed = true;
      this.draw();
    });
    this.full.src = address;
  }

  draw() {
    const { width, height } = this.size;
    if (!width) return;
    const style = this.sheet.style;
    style.width = `${width * this.factor}px`;
    style.height = `${height * this.factor}px`;
    style.transform = `translate(${this.offset(width, this.pan.x)}px, ${this.offset(height, this.pan.y)}px)`;
    this.element.dataset.view = this.view;
    this.element.classList.toggle("zoomed", this.factor > 1);
    this.element.classList.toggle("pixels", this.factor > 1 && this.magnification() >= 2);
    if (this.view !== "portrait") {
      this.loadShot();
      this.placeShot();
    }
    this.label();
  }

  // Whole pixels of the screen, so that nothing is interpolated at 100 %.
  offset(length, share) {
    const ratio = window.devicePixelRatio;
    return Math.round(-(this.factor - 1) * length * share * ratio) / ratio;
  }

  placeShot() {
    const box = this.shotBox();
    for (const name of ["left", "top", "width", "height"]) this.shot.style[name] = `${100 * box[name]}%`;
    this.shot.style.transform = `rotate(${-box.angle}deg)`;
  }

  label() {
    const data = this.labels.name.dataset;
    const isPreview = this.view !== "portrait" && this.factor > 1 && (!this.element.dataset.full || this.fullFailed);
    this.labels.name.textContent = data[this.view] + (isPreview ? ` · ${data.preview}` : "");
    const percent = `${Math.round(100 * this.magnification())} %`;
    if (this.labels.size) this.labels.size.textContent = `${percent} · ${this.labels.size.dataset.text}`;
    this.labels.flip.setAttribute("aria-pressed", this.view === "shot");
    this.labels.whole.setAttribute("aria-pressed", this.view === "whole");
    this.labels.zoom.setAttribute("aria-pressed", this.factor > 1);
  }

  listen() {
    const stage = this.element;
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerleave", () => (this.pointer = null));
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointerup", (event) => this.lift(event));
    stage.addEventListener("pointercancel", () => (this.drag = null));
    this.portrait.addEventListener("load", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(stage);
  }

  press(event) {
    if (this.onmark || event.button !== 0) return;
    this.drag = { x: event.clientX, y: event.clientY, pan: { ...this.pan }, moved: false };
    if (event.pointerType !== "mouse") capture(this.element, event);
  }

  // A mouse moves the enlarged picture without being pressed; a finger drags it.
  move(event) {
    const box = this.element.getBoundingClientRect();
    const place = { x: clamp((event.clientX - box.left) / box.width), y: clamp((event.clientY - box.top) / box.height) };
    if (event.pointerType === "mouse") this.pointer = place;
    if (this.drag && Math.hypot(event.clientX - this.drag.x, event.clientY - this.drag.y) > DRAG_PX) this.drag.moved = true;
    if (this.onmark || this.factor === 1) return;
    if (event.pointerType === "mouse" && !this.drag) {
      this.pan = place;
    } else if (this.drag) {
      const { width, height } = this.size;
      const room = this.factor - 1;
      this.pan = {
        x: clamp(this.drag.pan.x - (event.clientX - this.drag.x) / (width * room)),
        y: clamp(this.drag.pan.y - (event.clientY - this.drag.y) / (height * room)),
      };
    } else {
      return;
    }
    this.draw();
  }

  lift(event) {
    const pressed = this.drag;
    this.drag = null;
    if (!pressed || pressed.moved || this.onmark) return;
    const box = this.element.getBoundingClientRect();
    this.toggleZoom({ x: clamp((event.clientX - box.left) / box.width), y: clamp((event.clientY - box.top) / box.height) });
  }
}

function readAlignment(data) {
  if (!data.left) return null;
  return Object.fromEntries(["left", "top", "width", "height", "angle"].map((name) => [name, Number(data[name])]));
}

// A pointer that is no longer active cannot be captured; then the drag ends at the edge of the stage.
export function capture(element, event) {
  try {
    element.setPointerCapture(event.pointerId);
  } catch {
    return;
  }
}
