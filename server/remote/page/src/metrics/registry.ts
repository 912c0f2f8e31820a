/** The metrics that a phone measures, in groups that are measured together (registry.py, scheduler.py). */
import { distance, facePatch, type Face, type FacePatch } from "../vision/face";
import type { Picture, Plane } from "../vision/picture";
import { backdropMetrics } from "./backdrop";
import { backdropObjects } from "./backdrop_objects";
import { expression, eyesAndMouth, gaze, placement, pose } from "./landmarks";
import { lighting, skinCast } from "./light";
import { noseShadow, shadowMetrics, shine } from "./shadows";
import { sharpness } from "./sharpness";
import { shoulderMetrics } from "./shoulders";
import { onSkin } from "./skin_reference";
import type { Readings, Tables } from "../tables";

/** One frame: the sitter's mesh in its pixels, and the person mask over the whole of it. */
export class FrameContext {
  private patches = new Map<number, FacePatch | null>();

  constructor(
    readonly picture: Picture,
    readonly face: Face,
    readonly person: Plane | null,
    readonly tables: Tables,
  ) {}

  patch(faceWidth: number): FacePatch | null {
    if (!this.patches.has(faceWidth)) {
      this.patches.set(faceWidth, facePatch(this.picture, this.face, this.tables.face.FACE_OVAL, faceWidth));
    }
    return this.patches.get(faceWidth) ?? null;
  }
}

export interface MetricGroup {
  name: string;
  /** Seconds between two runs in a stream. */
  period: (tables: Tables) => number;
  needsMask?: boolean;
  compute: (context: FrameContext) => Readings;
}

const always = () => 0;
const often = (tables: Tables) => tables.registry.OFTEN;
const sometimes = (tables: Tables) => tables.registry.SOMETIMES;
const seldom = (tables: Tables) => tables.registry.SELDOM;
const skinPatch = (c: FrameContext) => c.patch(c.tables.skin.FACE_WIDTH_PX);
const lightPatch = (c: FrameContext) => c.patch(c.tables.lighting.FACE_WIDTH_PX);
const nosePatch = (c: FrameContext) => c.patch(c.tables.shadows.NOSE_FACE_WIDTH_PX);

export const METRIC_GROUPS: MetricGroup[] = [
  { name: "place", period: always, compute: (c) => placement(c.face, c.picture.width, c.picture.height) },
  { name: "pose", period: always, compute: (c) => pose(c.face, c.tables) },
  { name: "eyes_mouth", period: always, compute: (c) => eyesAndMouth(c.face, c.tables) },
  { name: "gaze", period: always, compute: (c) => gaze(c.face, c.tables) },
  { name: "expression", period: often, compute: (c) => expression(c.face, c.tables) },
  { name: "on_skin", period: seldom, compute: (c) => onSkin(c.picture, c.face, c.tables) },
  { name: "lighting", period: sometimes, compute: (c) => lighting(lightPatch(c), c.tables) },
  { name: "shadows", period: seldom, compute: (c) => shadowMetrics(skinPatch(c), c.tables) },
  { name: "nose_shadow", period: seldom, compute: (c) => ({ nose_shadow: noseShadow(nosePatch(c), c.tables) }) },
  { name: "shine", period: seldom, compute: (c) => ({ shine: shine(skinPatch(c), c.tables) }) },
  { name: "skin_cast", period: seldom, compute: (c) => ({ skin_cast: skinCast(lightPatch(c), c.tables) }) },
  { name: "sharpness", period: sometimes, compute: (c) => ({ sharpness: sharpness(c.picture, c.face, c.tables) }) },
  {
    name: "shoulders",
    period: sometimes,
    needsMask: true,
    compute: (c) => shoulderMetrics(c.picture, c.face, c.person, c.tables),
  },
  {
    name: "backdrop",
    period: seldom,
    needsMask: true,
    compute: (c) => backdropMetrics(c.picture, c.face, c.person, c.tables),
  },
  {
    name: "backdrop_objects",
    period: seldom,
    needsMask: true,
    compute: (c) => backdropObjects(c.picture, c.face, c.person, c.tables),
  },
];

/** All metrics of one picture. */
export function measure(context: FrameContext): Readings {
  return Object.assign({ faces: 1 }, ...METRIC_GROUPS.map((group) => group.compute(context))) as Readings;
}

interface Result {
  readings: Readings;
  takenAt: number;
  dueAt: number;
  face: Face;
}

/** Measures a stream: a group runs when it is due, and its last readings are used until then (scheduler.py). */
export class MetricScheduler {
  private results = new Map<string, Result>();

  /** `slowness` multiplies the periods on a phone that analyzes fewer frames than the kiosk. */
  constructor(private tables: Tables, public slowness = 1) {}

  reset(): void {
    this.results.clear();
  }

  /** Whether a group that needs the person mask runs at `now`. */
  needsMask(face: Face, now: number): boolean {
    return METRIC_GROUPS.some((group) => group.needsMask && this.isDue(group, face, now));
  }

  measure(context: FrameContext, now: number): Readings {
    const readings: Readings = {};
    for (const [number, group] of METRIC_GROUPS.entries()) {
      const mayRun = !group.needsMask || context.person;
      if (mayRun && this.isDue(group, context.face, now)) this.run(group, number, context, now);
      Object.assign(readings, this.fresh(group, context.face, now)?.readings);
    }
    return readings;
  }

  private run(group: MetricGroup, number: number, context: FrameContext, now: number): void {
    const period = group.period(this.tables) * this.slowness;
    const phase = this.fresh(group, context.face, now) ? 1 : (1 + (number % 4)) / 4; // spread over the frames
    const readings = group.compute(context);
    this.results.set(group.name, { readings, takenAt: now, dueAt: now + period * phase, face: context.face });
  }

  private isDue(group: MetricGroup, face: Face, now: number): boolean {
    const last = this.fresh(group, face, now);
    return !last || now >= last.dueAt;
  }

  /** The last result, if it is not stale and the face is the same by place and size. */
  private fresh(group: MetricGroup, face: Face, now: number): Result | undefined {
    const { MAX_AGE_S: age, MAX_MOVE_FACE_WIDTHS: reach } = this.tables.scheduler;
    const last = this.results.get(group.name);
    if (!last || now - last.takenAt > age * this.slowness) return undefined;
    const moved = Math.max(distance(face.at(4), last.face.at(4)), Math.abs(face.width - last.face.width));
    return moved <= reach * face.width ? last : undefined;
  }
}
