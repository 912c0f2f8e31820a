// The strokes so far, with undo and redo. They are kept for this tab, so that a reload loses nothing.

export class Strokes {
  constructor(data) {
    this.key = `retouch:${data.id}:${data.parent}`;
    this.limits = data.limits;
    this.list = this.#stored() ?? data.strokes;
    this.undone = [];
  }

  get points() {
    return this.list.reduce((sum, stroke) => sum + stroke.points.length, 0);
  }

  get full() {
    return this.list.length >= this.limits.strokes || this.points >= this.limits.points;
  }

  add(stroke) {
    this.list.push(stroke);
    this.undone = [];
    this.#store();
  }

  undo() {
    return this.#move(this.list, this.undone);
  }

  redo() {
    return this.#move(this.undone, this.list);
  }

  // Remove all strokes; redo brings them back one by one.
  clear() {
    while (this.#move(this.list, this.undone));
  }

  toJSON() {
    return this.list;
  }

  #move(from, to) {
    const stroke = from.pop();
    if (stroke) to.push(stroke);
    this.#store();
    return Boolean(stroke);
  }

  #store() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.list));
    } catch {
      // Storage is full or forbidden: a reload then begins with the strokes that the server has.
    }
  }

  #stored() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key));
    } catch {
      return null;
    }
  }
}
