/** Means, percentiles and least squares, as numpy computes them. */

export function mean(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total / values.length;
}

/** Linear between two values. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float32Array.from(values).sort();
  const at = (share / 100) * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}

export const median = (values: ArrayLike<number>) => percentile(values, 50);

/** numpy.linspace. */
export const linspace = (low: number, high: number, many: number) =>
  Array.from({ length: many }, (_, k) => low + ((high - low) * k) / (many - 1));

/** Slope across, slope down and level of the plane through values at places, by the normal equations. */
export function planeThrough(xs: ArrayLike<number>, ys: ArrayLike<number>, values: ArrayLike<number>) {
  const rows = [new Float64Array(4), new Float64Array(4), new Float64Array(4)];
  for (let i = 0; i < xs.length; i++) {
    const place = [xs[i]!, ys[i]!, 1];
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) rows[a]![b]! += place[a]! * place[b]!;
      rows[a]![3]! += place[a]! * values[i]!;
    }
  }
  return solved(rows);
}

function solved(rows: Float64Array[]): [number, number, number] {
  for (let a = 0; a < 3; a++) {
    let pivot = a;
    for (let r = a + 1; r < 3; r++) if (Math.abs(rows[r]![a]!) > Math.abs(rows[pivot]![a]!)) pivot = r;
    [rows[a], rows[pivot]] = [rows[pivot]!, rows[a]!];
    for (let r = 0; r < 3; r++) {
      if (r === a || !rows[a]![a]) continue;
      const factor = rows[r]![a]! / rows[a]![a]!;
      for (let c = a; c < 4; c++) rows[r]![c]! -= factor * rows[a]![c]!;
    }
  }
  return [0, 1, 2].map((a) => (rows[a]![a] ? rows[a]![3]! / rows[a]![a]! : 0)) as [number, number, number];
}

export const minus = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a, (value, k) => value - b[k]!);
export const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let total = 0;
  for (let k = 0; k < a.length; k++) total += a[k]! * b[k]!;
  return total;
};
export const unit = (a: number[]) => {
  const length = Math.max(1e-6, Math.sqrt(dot(a, a)));
  return a.map((value) => value / length);
};
