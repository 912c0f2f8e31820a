// The part of the picture that the canvas shows: zoom, shift, and the conversion from the screen to the picture.

const MAX_ZOOM = 24;

export class Viewport {
  constructor(canvas, width, height) {
    this.canvas = canvas;
    this.size = { width, height };
    this.zoom = 1;
    this.x = 0;
    this.y = 0;
    this.fitted = true;
  }

  // Follow the size of the element on the page. Returns whether there is anything to draw on.
  resize() {
    const ratio = window.devicePixelRatio || 1;
    const box = this.canvas.getBoundingClientRect();
    const width = Math.round(box.width * ratio), height = Math.round(box.height * ratio);
    if (!width || !height) return false;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      if (this.fitted) this.fit();
    }
    return true;
  }

  get smallest() {
    return Math.min(this.canvas.width / this.size.width, this.canvas.height / this.size.height);
  }

  fit() {
    this.zoom = this.smallest;
    this.x = (this.canvas.width - this.zoom * this.size.width) / 2;
    this.y = (this.canvas.height - this.zoom * this.size.height) / 2;
    this.fitted = true;
  }

  // Zoom so that the point under the pointer, in pixels of the canvas, stays where it is.
  zoomAt(factor, x, y) {
    const zoom = Math.min(MAX_ZOOM, Math.max(this.smallest, this.zoom * factor));
    this.x = x - ((x - this.x) * zoom) / this.zoom;
    this.y = y - ((y - this.y) * zoom) / this.zoom;
    this.zoom = zoom;
    this.fitted = false;
    if (zoom <= this.smallest) this.fit();
  }

  zoomBy(factor) {
    this.zoomAt(factor, this.canvas.width / 2, this.canvas.height / 2);
  }

  pan(dx, dy) {
    const { width, height } = this.canvas, margin = 60;
    this.x = Math.min(width - margin, Math.max(margin - this.zoom * this.size.width, this.x + dx));
    this.y = Math.min(height - margin, Math.max(margin - this.zoom * this.size.height, this.y + dy));
    this.fitted = false;
  }

  // Where an event happened, in pixels of the canvas.
  onCanvas(event) {
    const box = this.canvas.getBoundingClientRect(), ratio = this.canvas.width / box.width;
    return [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
  }

  // The same place as shares of the picture.
  inPicture([x, y]) {
    return [(x - this.x) / this.zoom / this.size.width, (y - this.y) / this.zoom / this.size.height];
  }

  draw(layers) {
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#dfe3e1";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(this.zoom, 0, 0, this.zoom, this.x, this.y);
    context.imageSmoothingEnabled = this.zoom < 3;
    for (const layer of layers) context.drawImage(layer, 0, 0);
    return context;
  }
}
