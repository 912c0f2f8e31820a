/** For the conformance test: all metrics of a frame, with the mesh and the person mask that Python found. */
import { FrameContext, measure } from "../metrics/registry";
import { Face } from "../vision/face";
import type { Readings, Tables } from "../tables";

export interface Frame {
  width: number;
  height: number;
  /** RGBA. */
  pixels: Uint8ClampedArray;
  points: Float32Array;
  mask: { width: number; height: number; data: Float32Array };
}

export function measureFrame(frame: Frame, tables: Tables): Readings {
  const picture = { width: frame.width, height: frame.height, data: frame.pixels };
  return measure(new FrameContext(picture, new Face(frame.points), frame.mask, tables));
}

export { METRIC_GROUPS, FrameContext } from "../metrics/registry";
export { Face } from "../vision/face";
export { OverTime } from "../metrics/over_time";
export { filledHull } from "../vision/polygon";
export { digestOf } from "../upload/hash";
export { evaluate } from "../verdict";
export { Coach } from "../coach";
