/** Metrics of the mesh alone: place, pose, eyes, mouth, gaze and expression (kiosk/guidance/metrics). */
import { distance, type Face, type Point } from "../vision/face";
import { dot, mean, minus, unit } from "../vision/numbers";
import type { Readings, Tables } from "../tables";

const DEGREES = 180 / Math.PI;

/** pose.placement_metrics: shares of the picture. */
export function placement(face: Face, width: number, height: number): Readings {
  return {
    face_size: face.width / height,
    face_x: (face.eyes[0] - width / 2) / width,
    eye_y: face.eyes[1] / height,
  };
}

/** pose.pose_metrics, degrees. */
export function pose(face: Face, { pose: table }: Tables): Readings {
  const across = minus(face.inSpace(454), face.inSpace(234));
  const corners = minus(face.at(263), face.at(33));
  const turned = DEGREES * Math.atan2(across[2]!, Math.hypot(across[0]!, across[1]!));
  return {
    yaw: turned / table.YAW_SENSITIVITY,
    pitch: pitch(face, table),
    roll: DEGREES * Math.atan2(corners[1]!, corners[0]!),
  };
}

type Place = [number, number, number];

/** pose.pitch: the rise of the line from the ears to the glabella. */
function pitch(face: Face, table: Tables["pose"]): number {
  const [right, left] = table.EAR_LANDMARKS.map((k) => face.inSpace(k)) as [Place, Place];
  const glabella = face.inSpace(table.GLABELLA_LANDMARK);
  const line = right.map((value, k) => (value + left[k]!) / 2 - glabella[k]!);
  const across = minus(left, right);
  const width = Math.max(1e-6, Math.hypot(across[0]!, across[1]!));
  const below = (line[1]! * across[0]! - line[0]! * across[1]!) / width;
  const behind = Math.sqrt(Math.max(0, dot(line, line) - below ** 2));
  return (DEGREES * Math.atan2(below, behind) - table.LEVEL_RISE_DEG) / table.PITCH_SENSITIVITY;
}

/** eyes_and_mouth.eye_aspect_ratio. */
export function eyeOpening(face: Face, tables: Tables): number {
  const ratio = (ring: number[]) => {
    const [outer, upperOut, upperIn, inner, lowerIn, lowerOut] = ring.map((k) => face.at(k)) as [
      Point, Point, Point, Point, Point, Point,
    ];
    const gaps = distance(upperOut, lowerOut) + distance(upperIn, lowerIn);
    return gaps / (2 * Math.max(1, distance(outer, inner)));
  };
  const [right, left] = [ratio(tables.face.RIGHT_EYE_RING), ratio(tables.face.LEFT_EYE_RING)];
  const [less, more] = [Math.min(right, left), Math.max(right, left)];
  return less * Math.min(1, less / (tables.eyes_and_mouth.MIN_EYE_RATIO * Math.max(1e-3, more)));
}

export const mouthWidth = (face: Face) => Math.max(1, distance(face.at(308), face.at(78)));

/** eyes_and_mouth.eyes_and_mouth. */
export function eyesAndMouth(face: Face, tables: Tables): Readings {
  const gap = distance(face.at(14), face.at(13));
  return { eye_opening: eyeOpening(face, tables), mouth_opening: gap / mouthWidth(face) };
}

/** gaze.gaze_metrics, eye widths. */
export function gaze(face: Face, tables: Tables): Readings {
  if (eyeOpening(face, tables) < tables.gaze.MIN_EYE_OPENING) return { gaze_aside: 0, gaze_up: 0 };
  const offsets = tables.gaze.EYE_LANDMARKS.map(([right, left, iris]): Point => {
    const [start, end, here] = [face.at(right), face.at(left), face.at(iris)];
    const width = Math.max(1e-3, distance(start, end));
    const axis = [(end[0] - start[0]) / width, (end[1] - start[1]) / width] as const;
    const off = [(here[0] - (start[0] + end[0]) / 2) / width, (here[1] - (start[1] + end[1]) / 2) / width] as const;
    return [off[0] * axis[0] + off[1] * axis[1], off[0] * axis[1] - off[1] * axis[0]];
  });
  return {
    gaze_aside: mean(offsets.map((off) => off[0])),
    gaze_up: mean(offsets.map((off) => off[1])) - tables.gaze.NEUTRAL_ELEVATION,
  };
}

/** expression.expression_metrics, in the head's own axes (pose.to_head_frame). */
export function expression(face: Face, { expression: table }: Tables): Readings {
  const across = unit(minus(face.inSpace(454), face.inSpace(234)));
  const line = minus(face.inSpace(152), face.inSpace(10));
  const aside = dot(across, line);
  const down = unit(line.map((value, k) => value - across[k]! * aside));
  const at = (index: number): Point => [dot(face.inSpace(index), across), dot(face.inSpace(index), down)];
  const low = (indices: readonly number[]) => mean(indices.map((k) => at(k)[1]));
  const [right, left] = [at(61), at(291)];
  const width = Math.max(1e-3, distance(left, right));
  const lift = (low(table.LIP_LANDMARKS) - (right[1] + left[1]) / 2) / width;
  const eyes = table.EYE_CORNER_LANDMARKS.map(at) as [Point, Point, Point, Point];
  const apart = [0, 1].map((axis) => (eyes[2][axis]! - eyes[0][axis]! + eyes[3][axis]! - eyes[1][axis]!) / 2);
  return {
    smile: width / Math.max(1e-3, distance(at(263), at(33))) + table.LIFT_WEIGHT * lift,
    brow_height:
      (low(table.EYE_CORNER_LANDMARKS) - low(table.BROW_LANDMARKS)) / Math.max(1e-3, Math.hypot(apart[0]!, apart[1]!)),
  };
}
