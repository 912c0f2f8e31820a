/** The metrics of a frame: the nets run on a smaller copy, the formulas on the frame itself. */
import { FrameContext, measure, MetricScheduler } from "./metrics/registry";
import { OverTime } from "./metrics/over_time";
import type { Nets } from "./nets";
import type { Readings, Tables } from "./tables";
import { Face } from "./vision/face";
import { resized } from "./vision/picture";

/** Milliseconds of a frame above which the mask runs less often, and above which not at all. */
const SLOW_MS = 700;
const TOO_SLOW_MS = 2000;

export class Analysis {
  private scheduler: MetricScheduler;
  private overTime: OverTime;
  private times: number[] = [];
  private maskOff = false;

  constructor(private nets: Nets, private tables: Tables) {
    this.scheduler = new MetricScheduler(tables);
    this.overTime = new OverTime(tables);
  }

  /** The metrics of a frame of a stream at `now` (seconds), those of slower groups as they were last measured. */
  live(picture: ImageData, now: number): Readings {
    const began = performance.now();
    const small = this.reduced(picture);
    const meshes = this.nets.meshes(small);
    if (!meshes.length) {
      this.scheduler.reset();
      this.overTime = new OverTime(this.tables);
      return { faces: 0 };
    }
    const face = new Face(meshes[0]!).moved(picture.width / small.width, 0, 0);
    const needsMask = !this.maskOff && this.scheduler.needsMask(face, now);
    const mask = needsMask ? this.nets.mask(small) : null;
    const readings = this.scheduler.measure(new FrameContext(picture, face, mask, this.tables), now);
    Object.assign(readings, this.overTime.measure(face, readings["brow_height"] ?? null, now));
    this.adapt(performance.now() - began);
    return { ...readings, faces: meshes.length };
  }

  /** The metrics of one picture. */
  still(picture: ImageData): { readings: Readings; points: Float32Array | null } {
    this.nets.forget();
    const small = this.reduced(picture);
    let meshes: Float32Array[] = [];
    for (let look = 0; look < 3; look++) meshes = this.nets.meshes(small);
    if (!meshes.length) return { readings: { faces: 0 }, points: null };
    const face = new Face(meshes[0]!).moved(picture.width / small.width, 0, 0);
    const readings = measure(new FrameContext(picture, face, this.nets.mask(small), this.tables));
    return { readings: { ...readings, faces: meshes.length }, points: face.points };
  }

  private reduced(picture: ImageData): ImageData {
    const scale = this.tables.landmarks.LIVE_SIDE_PX / Math.max(picture.width, picture.height);
    if (scale >= 1) return picture;
    const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
    const small = resized(picture, [0, 0, picture.width, picture.height], width, height);
    return new ImageData(small.data as Uint8ClampedArray<ArrayBuffer>, width, height);
  }

  /** Adapt to the time of a frame, from the third one on: the first ones include the start of the nets. */
  private adapt(milliseconds: number): void {
    this.times.push(milliseconds);
    if (this.times.length < 3) return;
    const recent = this.times.slice(-5);
    const usual = [...recent].sort((a, b) => a - b)[recent.length >> 1]!;
    this.times = recent;
    this.scheduler.slowness = Math.max(1, usual / 200);
    this.maskOff = usual > TOO_SLOW_MS || (this.maskOff && usual > SLOW_MS);
    if (usual > SLOW_MS) this.scheduler.slowness = Math.max(this.scheduler.slowness, 2.5);
  }
}
