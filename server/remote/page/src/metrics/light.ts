/** Linear light of a patch, the sitter's light skin, and the metrics of lighting.py and colour.py. */
import { distance, type FacePatch } from "../vision/face";
import { count, or, picked } from "../vision/filters";
import { mean, median, percentile } from "../vision/numbers";
import { mapped, plane, type Mask, type Plane } from "../vision/picture";
import type { Readings, Tables } from "../tables";

export type Light = [Plane, Plane, Plane];

export function linearLight(patch: FacePatch, { linear }: Tables): Light {
  const { width, height, data } = patch.pixels;
  return [0, 1, 2].map((channel) => mapped(plane(width, height), (_, i) => linear[data[4 * i + channel]!]!)) as Light;
}

export const luminance = ([r, g, b]: Light, { luminance: weights }: Tables): Plane =>
  mapped(r, (value, i) => weights[0] * value + weights[1] * g.data[i]! + weights[2] * b.data[i]!);

/** skin.light_skin_luminance: by the white of the brighter eye. */
export function lightSkinLuminance(bright: Plane, patch: FacePatch, { skin }: Tables, whiteFactor: number): number {
  const levels = [0];
  for (const [lids, centre, edge] of skin.EYE_LANDMARKS) {
    const middle = patch.face.at(centre);
    const radius = skin.IRIS_RADIUS_FACTOR * mean(edge.map((k) => distance(patch.face.at(k), middle)));
    const white = patch.polygonMask(lids).map((on, i) => {
      const place = [i % bright.width, Math.floor(i / bright.width)];
      return on && distance(place, middle) > radius ? 1 : 0;
    });
    const values = picked(bright.data, white).sort();
    if (values.length >= skin.MIN_EYE_WHITE_PX) levels.push(values[Math.round(0.9 * (values.length - 1))]!);
  }
  return Math.min(Math.max(...levels) / whiteFactor, skin.LIGHT_SKIN_LUMINANCE);
}

export const LIGHTING = ["skin_luminance", "blown_share", "crushed_share", "light_balance", "face_contrast"];

/** lighting.lighting_metrics, of the face at lighting.FACE_WIDTH_PX; light_overlap is bounded by no rule. */
export function lighting(patch: FacePatch | null, tables: Tables): Readings {
  const none = Object.fromEntries(LIGHTING.map((name) => [name, null]));
  if (!patch) return none;
  const { skin, lighting: table, face } = tables;
  const bright = luminance(linearLight(patch, tables), tables);
  const cheeks = [patch.polygonMask(skin.RIGHT_CHEEK), patch.polygonMask(skin.LEFT_CHEEK)];
  const fronts = [patch.polygonMask(skin.RIGHT_FRONT), patch.polygonMask(skin.LEFT_FRONT)];
  if ([...cheeks, ...fronts].some((mask) => !count(mask))) return none;
  const oval = patch.polygonMask(face.FACE_OVAL);
  const values = picked(bright.data, oval);
  const [dark, fair] = [percentile(values, 5), percentile(values, 95)];
  const [right, left] = fronts.map((front) => median(picked(bright.data, front))) as [number, number];
  const cheek = mean(cheeks.map((mask) => mean(picked(bright.data, mask))));
  const level = (i: number) => [0, 1, 2].map((channel) => patch.pixels.data[4 * i + channel]!);
  const blown = oval.map((on, i) => (on && level(i).filter((code) => code >= table.CLIPPED_LEVEL).length > 1 ? 1 : 0));
  const crushed = (front: Mask) =>
    count(front.map((on, i) => (on && Math.max(...level(i)) <= table.BLACK_LEVEL ? 1 : 0))) / count(front);
  return {
    skin_luminance: Math.max(cheek, lightSkinLuminance(bright, patch, tables, skin.EYE_WHITE_FACTOR)),
    blown_share: count(blown) / count(oval),
    crushed_share: Math.max(...fronts.map(crushed)),
    light_balance: (left - right) / Math.max(1e-6, left + right),
    face_contrast: (fair - dark) / Math.max(1e-6, fair + dark),
  };
}

/** colour.skin_cast, CIELAB units. */
export function skinCast(patch: FacePatch | null, { skin, colour }: Tables): number | null {
  if (!patch) return null;
  const cheeks = or(patch.polygonMask(skin.RIGHT_CHEEK), patch.polygonMask(skin.LEFT_CHEEK));
  const many = count(cheeks);
  if (!many) return null;
  const total = [0, 0, 0];
  cheeks.forEach((on, i) => {
    if (on) for (let c = 0; c < 3; c++) total[c]! += patch.pixels.data[4 * i + c]!;
  });
  const [a, b] = chroma(total.map((sum) => sum / many / 255));
  const outside = (value: number, [low, high]: [number, number]) => Math.max(low - value, 0, value - high);
  return Math.hypot(outside(a, colour.SKIN_A_RANGE), outside(b, colour.SKIN_B_RANGE));
}

/** a* and b* of an sRGB colour 0-1 (D65), as cv2.COLOR_RGB2LAB computes them. */
function chroma(colour: number[]): [number, number] {
  const light = colour.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  const curve = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const [x, y, z] = XYZ.map(([r, g, b]) => curve(r * light[0]! + g * light[1]! + b * light[2]!)) as [
    number, number, number,
  ];
  return [500 * (x - y), 200 * (y - z)];
}

/** Linear sRGB to X, Y, Z relative to white. */
const XYZ: [number, number, number][] = [
  [0.412453 / 0.950456, 0.35758 / 0.950456, 0.180423 / 0.950456],
  [0.212671, 0.71516, 0.072169],
  [0.019334 / 1.088754, 0.119193 / 1.088754, 0.950227 / 1.088754],
];

