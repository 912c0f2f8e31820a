/** Metrics that compare frames: movement (pose.py), and eyes and brows against their usual state (blink.py). */
import { distance, type Face } from "../vision/face";
import { mean, percentile } from "../vision/numbers";
import { eyeOpening } from "./landmarks";
import type { Readings, Tables } from "../tables";

/** blink._Baseline: the usual value of the current sitter. */
class Baseline {
  private samples: [number, number][] = [];

  constructor(private percentile: number, private table: Tables["blink"]) {}

  relative(value: number, now: number): number | null {
    const { MIN_SAMPLES: least, WINDOW_S: window, MIN_DURATION_S: duration } = this.table;
    while (this.samples.length >= least && now - this.samples[0]![0] > window) this.samples.shift();
    this.samples.push([now, value]);
    if (now - this.samples[0]![0] < duration) return null;
    return value / Math.max(1e-3, percentile(this.samples.map((sample) => sample[1]), this.percentile));
  }
}

/** The frames of one sitter; `now` is in seconds. */
export class OverTime {
  private history: [number, Face][] = [];
  private eyes: Baseline;
  private brows: Baseline;

  constructor(private tables: Tables) {
    this.eyes = new Baseline(tables.blink.OPEN_PERCENTILE, tables.blink);
    this.brows = new Baseline(tables.blink.REST_PERCENTILE, tables.blink);
  }

  measure(face: Face, browHeight: number | null, now: number): Readings {
    const readings = {
      movement: this.movement(face, now),
      eye_openness: this.eyes.relative(eyeOpening(face, this.tables), now),
      brow_raise: browHeight === null ? null : this.brows.relative(browHeight, now),
    };
    this.history.push([now, face]);
    return readings;
  }

  /** Face widths a second since the oldest frame of the window; null before there is one. */
  private movement(face: Face, now: number): number | null {
    const { live, pose } = this.tables;
    while (this.history.length > 1 && now - this.history[0]![0] > live.MOVEMENT_WINDOW_S) this.history.shift();
    const before = this.history[0];
    if (!before) return null;
    const seconds = now - before[0];
    if (seconds < pose.MIN_INTERVAL_S || seconds > live.MAX_MOVEMENT_WINDOW_S) return null;
    const shifts = pose.RIGID_LANDMARKS.map((k) => distance(face.at(k), before[1].at(k)));
    return mean(shifts) / face.width / seconds;
  }
}
