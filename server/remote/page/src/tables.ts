/** The constants that Python exports (server/remote/page_tables.py), by module, under their names there. */

type Range = [number, number];

export interface Tables {
  face: { RIGHT_EYE_RING: number[]; LEFT_EYE_RING: number[]; FACE_OVAL: number[] };
  landmarks: { LIVE_SIDE_PX: number };
  live: { MOVEMENT_WINDOW_S: number; MAX_MOVEMENT_WINDOW_S: number };
  scheduler: { MAX_AGE_S: number; MAX_MOVE_FACE_WIDTHS: number };
  registry: { OFTEN: number; SOMETIMES: number; SELDOM: number };
  debounce: { BACKOFF_FACTOR: number; MAX_BACKOFF_STEPS: number };
  blink: {
    WINDOW_S: number;
    MIN_SAMPLES: number;
    MIN_DURATION_S: number;
    OPEN_PERCENTILE: number;
    REST_PERCENTILE: number;
  };
  pose: {
    EAR_LANDMARKS: [number, number];
    GLABELLA_LANDMARK: number;
    LEVEL_RISE_DEG: number;
    YAW_SENSITIVITY: number;
    PITCH_SENSITIVITY: number;
    MIN_INTERVAL_S: number;
    RIGID_LANDMARKS: number[];
  };
  eyes_and_mouth: {
    UPPER_LIP: number[];
    LOWER_LIP: number[];
    IRIS_LANDMARKS: number[];
    MIN_EYE_RATIO: number;
    TEETH_THRESHOLDS: Range;
  };
  gaze: { EYE_LANDMARKS: [number, number, number][]; NEUTRAL_ELEVATION: number; MIN_EYE_OPENING: number };
  expression: {
    BROW_LANDMARKS: number[];
    LIP_LANDMARKS: number[];
    LIFT_WEIGHT: number;
    EYE_CORNER_LANDMARKS: [number, number, number, number];
  };
  skin: {
    RIGHT_CHEEK: number[];
    LEFT_CHEEK: number[];
    RIGHT_FRONT: number[];
    LEFT_FRONT: number[];
    RIGHT_EYE: number[];
    LEFT_EYE: number[];
    RIGHT_BROW: number[];
    LEFT_BROW: number[];
    FEATURE_OUTLINES: number[][];
    EYE_LANDMARKS: [number[], number, number[]][];
    IRIS_RADIUS_FACTOR: number;
    EYE_WHITE_FACTOR: number;
    TYPICAL_EYE_WHITE_FACTOR: number;
    LIGHT_SKIN_LUMINANCE: number;
    MIN_EYE_WHITE_PX: number;
    FACE_WIDTH_PX: number;
    MAX_TINT_STOPS: number;
    MAX_DARKER_STOPS: number;
    OUTLIER_STOPS: number[];
  };
  skin_reference: {
    FACE_WIDTH_PX: number;
    MARGIN_FACE_WIDTHS: Range;
    MAX_HAIR_LUMINANCE: number;
    PALE_THRESHOLDS: Range;
    LIGHT_FLOOR: number;
  };
  hair: {
    BROW_LANDMARKS: number[][];
    WHOLE_BROW_LANDMARKS: [number[], number[]][];
    BELOW_BROW_RANGE: Range;
    ABOVE_BROW_WEIGHT: number;
    EYE_CORNERS: [number, number][];
    FOREHEAD_LANDMARKS: number[];
    ABOVE_BROW_RANGE: Range;
    FOREHEAD_RANGE: Range;
    MIN_COVERED_SHARE: number;
  };
  lighting: { FACE_WIDTH_PX: number; CLIPPED_LEVEL: number; BLACK_LEVEL: number };
  shadows: {
    NOSE_FACE_WIDTH_PX: number;
    BESIDE_NOSE_LANDMARKS: number[][];
    SOCKET_LANDMARKS: [number[], number[]][];
    SPOT_SIGMA: number;
    SURROUND_SIGMA: number;
  };
  colour: { SKIN_A_RANGE: Range; SKIN_B_RANGE: Range };
  image_quality: { FACE_WIDTH_PX: number; MIN_FACE_WIDTH_PX: number };
  backdrop: { FACE_WIDTH_PX: number; SHADOW_REACH: number; CLEARANCE_PX: number; MIN_BACKDROP_SHARE: number };
  backdrop_objects: {
    REACH_FACE_WIDTHS: number;
    MAX_ARM_REACH: number;
    MAX_HAIR_REACH: number;
    MAX_TINT_STOPS: number;
    MIN_STOPS: number;
    MAX_STOPS: number;
    STRIDE_PX: number;
    LIGHT_FLOOR: number;
    MIN_OBJECT_AREA: number;
    MIN_FOREIGN_COLUMN_SHARE: number;
  };
  silhouette: { FACE_WIDTH_PX: number; EXTENT_ASIDE: number; EXTENT_ABOVE_CHIN: number; EXTENT_BELOW_CHIN: number };
  shoulders: {
    SHOULDER_RANGE: Range;
    TORSO_RANGE: Range;
    SHOULDERS_TO_TORSO: number;
    MIN_COLUMNS: number;
    MIN_ROWS: number;
    ITERATIONS: number;
  };
  linear: number[];
  luminance: [number, number, number];
  timing: {
    debounce: number;
    debounce_slow: number;
    debounce_unmeasured: number;
    release: number;
    unsure_timeout: number;
    min_on_screen: number;
    advice_duration: number;
    max_blink: number;
    max_unmeasured: number;
    rephrase_after: number;
  };
  hints: { rule: string; side: string; group: number }[];
  eye_rules: string[];
  delayed_rules: string[];
}

/** A value of each metric that was measured; null where there is none. */
export type Readings = Record<string, number | null>;
