/** cv2.fillConvexPoly of the convex hull of integer points: the same pixels, borders included. */
import type { Mask } from "./picture";

export type Point = [number, number];

const ONE = 65536; // OpenCV's fixed point, 16 bits

export function filledHull(points: readonly Point[], width: number, height: number): Mask {
  const hull = convexHull(points);
  const mask = new Uint8Array(width * height);
  const set = (x: number, y: number) => {
    if (x >= 0 && y >= 0 && x < width && y < height) mask[y * width + x] = 1;
  };
  hull.forEach((point, k) => {
    line(hull[(k + hull.length - 1) % hull.length]!, point, set);
  });
  if (hull.length > 2) fill(hull, set);
  return mask;
}

/** cv2.LineIterator with 8 neighbours, from left to right. */
function line(start: Point, end: Point, set: (x: number, y: number) => void): void {
  const [[x0, y0], [x1, y1]] = start[0] <= end[0] ? [start, end] : [end, start];
  const [dx, dy, down] = [x1 - x0, Math.abs(y1 - y0), y1 < y0 ? -1 : 1];
  const steep = dy > dx;
  const [long, short] = steep ? [dy, dx] : [dx, dy];
  let [x, y, error] = [x0, y0, long - 2 * short];
  for (let k = 0; k <= long; k++) {
    set(x, y);
    const step = error < 0;
    error += (step ? 2 * long : 0) - 2 * short;
    if (steep || step) y += down;
    if (!steep || step) x += 1;
  }
}

/** One side of the polygon while it is filled row by row. */
interface Edge {
  place: number;
  step: number;
  x: number;
  slope: number;
  end: number;
}

function fill(hull: Point[], set: (x: number, y: number) => void): void {
  const rows = hull.map((point) => point[1]);
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
  const first = rows.indexOf(top);
  const edge = (step: number): Edge => ({ place: first, step, x: -ONE, slope: 0, end: top });
  const edges = [edge(1), edge(hull.length - 1)] as const;
  const left = { edges: hull.length };
  for (let y = top; y <= bottom; y++) {
    for (const one of edges) if (y >= one.end) advance(one, hull, y, left);
    if (left.edges < 0) return;
    const [low, high] = edges[0].x <= edges[1].x ? edges : [edges[1], edges[0]];
    const end = Math.floor((high.x + ONE / 2) / ONE);
    for (let x = Math.floor((low.x + ONE / 2) / ONE); x <= end; x++) set(x, y);
    for (const one of edges) one.x += one.slope;
  }
}

function advance(edge: Edge, hull: Point[], y: number, left: { edges: number }): void {
  let [from, to] = [edge.place, (edge.place + edge.step) % hull.length];
  while (left.edges-- > 0) {
    const end = hull[to]![1];
    if (end > y) {
      const [start, goal] = [hull[from]![0] * ONE, hull[to]![0] * ONE];
      edge.end = end;
      edge.slope = Math.trunc(((goal - start) * 2 + (end - y)) / (2 * (end - y)));
      edge.x = start;
      edge.place = to;
      return;
    }
    [from, to] = [to, (to + edge.step) % hull.length];
  }
}

/** Corners alone, in order. */
export function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const cross = (o: Point, a: Point, b: Point) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const half = (list: Point[]) => {
    const out: Point[] = [];
    for (const point of list) {
      while (out.length > 1 && cross(out[out.length - 2]!, out[out.length - 1]!, point) <= 0) out.pop();
      out.push(point);
    }
    out.pop();
    return out;
  };
  const hull = [...half(sorted), ...half(sorted.reverse())];
  return hull.length ? hull : points.slice(0, 1);
}
