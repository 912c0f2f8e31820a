/** The face against the sitter's own cheeks (skin_reference.py): hair, teeth, red eyes (hair.py, eyes_and_mouth.py). */
import { between, cropPatch, distance, type Face, type FacePatch, type Point } from "../vision/face";
import { count, picked } from "../vision/filters";
import { dot, linspace, mean, median } from "../vision/numbers";
import { rint, type Picture } from "../vision/picture";
import { mouthWidth } from "./landmarks";
import { linearLight, type Light } from "./light";
import type { Readings, Tables } from "../tables";

type Grid = Point[][];

/** skin_reference.SkinReference. */
class SkinReference {
  private light: Light;
  private start: Point;
  private end: Point;

  constructor(
    readonly patch: FacePatch,
    readonly rightCheek: number[],
    readonly leftCheek: number[],
    private tables: Tables,
  ) {
    this.light = linearLight(patch, tables);
    const centre = (indices: number[]): Point => {
      const points = indices.map((k) => patch.face.at(k));
      return [mean(points.map((point) => point[0])), mean(points.map((point) => point[1]))];
    };
    this.start = centre(tables.skin.RIGHT_CHEEK);
    this.end = centre(tables.skin.LEFT_CHEEK);
  }

  /** One face width from chin towards forehead. */
  get up(): Point {
    const [top, chin] = [this.patch.face.at(10), this.patch.face.chin];
    const scale = this.tables.skin_reference.FACE_WIDTH_PX / Math.max(1, distance(top, chin));
    return [(top[0] - chin[0]) * scale, (top[1] - chin[1]) * scale];
  }

  /** Linear RGB at a point of the patch; null outside the picture. */
  lightAt(point: Point): number[] | null {
    const { width, height } = this.patch.pixels;
    const [x, y] = [rint(point[0]), rint(point[1])];
    if (x < 0 || y < 0 || x >= width || y >= height) return null;
    return this.light.map((one) => one.data[y * width + x]!);
  }

  /** Luminance and redness at a point, each over that of skin there. */
  relative(point: Point): [number, number] | null {
    const here = this.lightAt(point);
    if (!here) return null;
    const skin = this.skinAt(point);
    const { luminance, skin_reference: table } = this.tables;
    const redness = (light: number[]) => (light[0]! + table.LIGHT_FLOOR) / (light[1]! + table.LIGHT_FLOOR);
    return [dot(here, luminance) / Math.max(1e-4, dot(skin, luminance)), redness(here) / redness(skin)];
  }

  /** 1 where a point is not skin; 0 on skin and outside the picture. */
  covered(point: Point): number {
    const { MAX_HAIR_LUMINANCE: darkest, PALE_THRESHOLDS: pale } = this.tables.skin_reference;
    const ratios = this.relative(point);
    return ratios && (ratios[0] < darkest || (ratios[1] < pale[0] && ratios[0] < pale[1])) ? 1 : 0;
  }

  private skinAt(point: Point): number[] {
    const line: Point = [this.end[0] - this.start[0], this.end[1] - this.start[1]];
    const along = dot([point[0] - this.start[0], point[1] - this.start[1]], line) / Math.max(1, dot(line, line));
    const share = Math.max(0, Math.min(1, along));
    const blended = this.rightCheek.map((value, k) => value * (1 - share) + this.leftCheek[k]! * share);
    const own = share < 0.5 ? this.rightCheek : this.leftCheek;
    return dot(own, this.tables.luminance) < dot(blended, this.tables.luminance) ? own : blended;
  }
}

export const ON_SKIN = ["teeth", "red_eye", "hair_brows", "hair_eyes", "hair_forehead"];

/** teeth, red_eye and hair_metrics. */
export function onSkin(picture: Picture, face: Face, tables: Tables): Readings {
  const reference = measureReference(picture, face, tables);
  if (!reference) return Object.fromEntries(ON_SKIN.map((name) => [name, null]));
  return { ...teeth(reference, tables), ...redEye(reference, tables), ...hair(reference, tables) };
}

function measureReference(picture: Picture, face: Face, tables: Tables): SkinReference | null {
  const { skin, skin_reference: table } = tables;
  const [left, top, right, bottom] = face.bounds(tables.face.FACE_OVAL);
  const [beside, above] = table.MARGIN_FACE_WIDTHS.map((share) => share * face.width) as [number, number];
  const box: [number, number, number, number] = [left - beside, top - above, right + beside, bottom + 1];
  const patch = cropPatch(picture, face, box, table.FACE_WIDTH_PX);
  if (!patch) return null;
  const light = linearLight(patch, tables);
  const cheeks = [skin.RIGHT_CHEEK, skin.LEFT_CHEEK]
    .map((cheek) => patch.polygonMask(cheek))
    .filter((mask) => count(mask))
    .map((mask) => light.map((one) => median(picked(one.data, mask))));
  return cheeks.length ? new SkinReference(patch, cheeks[0]!, cheeks[cheeks.length - 1]!, tables) : null;
}

/** eyes_and_mouth.teeth. */
function teeth(reference: SkinReference, { eyes_and_mouth: table }: Tables): Readings {
  const { face } = reference.patch;
  const heights = table.UPPER_LIP.map((index, k) => {
    const [upper, lower] = [face.at(index), face.at(table.LOWER_LIP[k]!)];
    const bright = linspace(0.06, 0.94, 8).map((share) => {
      const ratios = reference.relative(between(upper, lower, share));
      return ratios && ratios[0] > table.TEETH_THRESHOLDS[0] && ratios[1] < table.TEETH_THRESHOLDS[1] ? 1 : 0;
    });
    return mean(bright) * distance(upper, lower);
  });
  return { teeth: mean(heights) / mouthWidth(face) };
}

/** eyes_and_mouth.red_eye. */
function redEye(reference: SkinReference, { eyes_and_mouth: table }: Tables): Readings {
  const { face } = reference.patch;
  const excess = table.IRIS_LANDMARKS.map((iris) => {
    const [centre, radius] = [face.at(iris), distance(face.at(iris + 1), face.at(iris + 3)) / 2];
    const steps = [-0.35, 0, 0.35].map((step) => step * radius);
    const values = steps.flatMap((dy) =>
      steps.map((dx) => {
        const light = reference.lightAt([centre[0] + dx, centre[1] + dy]);
        return light ? light[0]! - Math.max(light[1]!, light[2]!) : 0;
      }),
    );
    return median(values);
  });
  const cheek = Math.max(1e-3, (reference.rightCheek[0]! + reference.leftCheek[0]!) / 2);
  return { red_eye: Math.max(...excess) / cheek };
}

/** hair.hair_metrics. */
function hair(reference: SkinReference, { hair: table }: Tables): Readings {
  const { face } = reference.patch;
  const up = reference.up;
  const raised = (point: Point, share: number): Point => [point[0] + share * up[0], point[1] + share * up[1]];
  const above = (points: Point[], steps: number, [low, high]: [number, number]): Grid =>
    points.map((point) => linspace(low, high, steps).map((share) => raised(point, share)));
  const covered = (grid: Grid) => grid.map((line) => mean(line.map((point) => reference.covered(point))));
  const brows = table.BROW_LANDMARKS.map((brow) => resampled(face, brow, 14));
  const strips = brows.map((brow) => mean(covered(above(brow, 6, table.ABOVE_BROW_RANGE))));
  const ways = brows.map((brow, side) => {
    const [right, left] = table.EYE_CORNERS[side]!;
    const eye = linspace(0.1, 0.9, brow.length).map((share) => between(face.at(right), face.at(left), share));
    const grid = brow.map((point, k) => {
      const top = raised(point, table.ABOVE_BROW_RANGE[1]);
      return linspace(0, 1, 20).map((share) => between(top, eye[k]!, share));
    });
    return mean(covered(grid).map((share) => (share >= table.MIN_COVERED_SHARE ? 1 : 0)));
  });
  const hung = table.WHOLE_BROW_LANDMARKS.map(([upper, lower]) => {
    const over = covered(above(resampled(face, upper, 16), 6, table.ABOVE_BROW_RANGE));
    const under = covered(above(resampled(face, lower, 16), 4, table.BELOW_BROW_RANGE));
    return mean(over.map((share, k) => share * under[k]!));
  });
  const forehead = above(resampled(face, table.FOREHEAD_LANDMARKS, 14), 8, table.FOREHEAD_RANGE);
  return {
    hair_brows: Math.max(...strips.map((share) => table.ABOVE_BROW_WEIGHT * share), ...hung),
    hair_eyes: Math.max(...ways),
    hair_forehead: mean(covered(forehead)),
  };
}

/** skin_reference.resample_line: points evenly along a line through mesh points. */
function resampled(face: Face, indices: number[], steps: number): Point[] {
  return linspace(0, indices.length - 1, steps).map((place) => {
    const low = Math.min(indices.length - 2, Math.floor(place));
    return between(face.at(indices[low]!), face.at(indices[low + 1]!), place - low);
  });
}
