/** The verdict of a rule on a metric, as kiosk/guidance/verdict.py. */
import type { Readings } from "./tables";

export interface Rule {
  metric: string;
  min: number | null;
  max: number | null;
  tolerance: number;
  /** Never fails: advice of the standard, and metrics that differ most between this page and the server. */
  advice: boolean;
}

export type Outcome = "pass" | "fail" | "unsure" | "not_measured";

export interface Verdict {
  rule: string;
  outcome: Outcome;
  side: "" | "low" | "high";
  value: number | null;
}

export function evaluate(readings: Readings, rules: Record<string, Rule>): Verdict[] {
  return Object.entries(rules).map(([name, rule]) => ({ rule: name, ...compare(readings[rule.metric] ?? null, rule) }));
}

function compare(value: number | null, rule: Rule): Omit<Verdict, "rule"> {
  if (value === null) return { outcome: "not_measured", side: "", value };
  const outside = (by: number): Outcome => (by >= rule.tolerance && !rule.advice ? "fail" : "unsure");
  if (rule.min !== null && value < rule.min) return { outcome: outside(rule.min - value), side: "low", value };
  if (rule.max !== null && value > rule.max) return { outcome: outside(value - rule.max), side: "high", value };
  if (rule.min !== null && value < rule.min + rule.tolerance) return { outcome: "unsure", side: "low", value };
  if (rule.max !== null && value > rule.max - rule.tolerance) return { outcome: "unsure", side: "high", value };
  return { outcome: "pass", side: "", value };
}
