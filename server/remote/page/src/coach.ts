/** Chooses the one hint for the person who holds the phone, as kiosk/guidance/coaching does for a sitter. */
import type { Tables } from "./tables";
import type { Rule, Verdict } from "./verdict";

export interface Advice {
  /** `<rule>.<side>`, or "hold" when nothing is wrong. */
  hint: string;
  ready: boolean;
}

export const HOLD = "hold";

/** debounce.RuleDebouncer: set by a failure that lasts, cleared by a pass that lasts. */
class Debouncer {
  side: string | null = null;
  private pendingSide: string | null = null;
  private pendingSince = 0;
  private passingSince: number | null = null;
  private lastFailedAt = 0;
  private recoveries = 0;

  constructor(private tables: Tables) {}

  update(side: string | null, sure: boolean, delay: number, now: number): void {
    const { timing, debounce } = this.tables;
    if (side !== null && sure) {
      const backoff = debounce.BACKOFF_FACTOR ** Math.min(this.recoveries, debounce.MAX_BACKOFF_STEPS);
      this.lastFailedAt = now;
      this.fail(side, now, delay * backoff);
    } else {
      this.pendingSide = null;
      if (side === null || side !== this.side) this.pass(now, timing.release);
      else this.passingSince = null;
      if (this.side !== null && now - this.lastFailedAt >= timing.unsure_timeout) this.clear();
    }
  }

  private fail(side: string, now: number, delay: number): void {
    this.passingSince = null;
    if (side === this.side) {
      this.pendingSide = null;
      return;
    }
    if (side !== this.pendingSide) {
      this.pendingSide = side;
      this.pendingSince = now;
    }
    if (now - this.pendingSince < delay) return;
    this.side = side;
    this.pendingSide = null;
  }

  private pass(now: number, delay: number): void {
    if (this.side === null) return;
    this.passingSince ??= now;
    if (now - this.passingSince >= delay) this.clear();
  }

  private clear(): void {
    this.side = this.passingSince = null;
    this.recoveries += 1;
  }
}

/** One coach for one photo. `hints` are the faults that have a text, `<rule>.<side>`; times are in seconds. */
export class Coach {
  private debouncers = new Map<string, Debouncer>();
  private advisedAt = new Map<string, number>();
  private current: { rule: string; side: string; group: number } | null = null;
  private shown = "";
  private shownSince = -Infinity;
  private blinkSince: number | null = null;
  private ready = false;

  constructor(private tables: Tables, private rules: Record<string, Rule>, private hints: ReadonlySet<string>) {}

  advise(verdicts: Verdict[], now: number): Advice {
    for (const verdict of verdicts) this.update(verdict, now);
    if (this.debouncers.get("one_face")?.side === "low") { // the next person starts without faults
      this.debouncers = new Map([["one_face", this.debouncers.get("one_face")!]]);
    }
    const candidates = this.candidates(now);
    this.select(candidates);
    const meetsAll = !candidates.length && this.meetsAll(verdicts, now);
    if (this.current) this.show(`${this.current.rule}.${this.current.side}`, now);
    else if (meetsAll) this.show(HOLD, now);
    this.ready = meetsAll && this.shown === HOLD;
    return { hint: this.shown, ready: this.ready };
  }

  private update(verdict: Verdict, now: number): void {
    const { timing, delayed_rules: delayed } = this.tables;
    const side = verdict.outcome === "pass" || verdict.outcome === "not_measured" ? null : verdict.side;
    let debouncer = this.debouncers.get(verdict.rule);
    if (!debouncer) this.debouncers.set(verdict.rule, (debouncer = new Debouncer(this.tables)));
    const delay = delayed.includes(verdict.rule) ? timing.debounce_slow : timing.debounce;
    debouncer.update(side, verdict.outcome === "fail" || this.isClearlyOut(verdict), delay, now);
  }

  /** Whether advice, which never fails, is out of its band where any other rule would fail. */
  private isClearlyOut({ rule: name, value }: Verdict): boolean {
    const rule = this.rules[name];
    if (!rule?.advice || value === null) return false;
    const away = Math.max(rule.min === null ? 0 : rule.min - value, rule.max === null ? 0 : value - rule.max);
    return away >= Math.max(rule.tolerance, 1e-9);
  }

  /** The faults to show: advice only when all required rules are met, and each for a limited time. */
  private candidates(now: number): Tables["hints"] {
    const active = this.tables.hints.filter((hint) => this.isActive(hint.rule, hint.side));
    const required = active.filter((hint) => !this.rules[hint.rule]?.advice);
    return required.length ? required : active.filter((hint) => this.mayAdvise(hint.rule, now));
  }

  private mayAdvise(rule: string, now: number): boolean {
    const since = this.advisedAt.get(rule) ?? now;
    this.advisedAt.set(rule, since);
    return now - since < this.tables.timing.advice_duration;
  }

  private isActive(rule: string, side: string): boolean {
    return this.debouncers.get(rule)?.side === side && side !== "" && this.hints.has(`${rule}.${side}`);
  }

  /** A fault of the same group does not interrupt the current one. */
  private select(candidates: Tables["hints"]): void {
    const [first] = candidates;
    const stays = this.current && candidates.includes(this.current) && first && first.group >= this.current.group;
    if (!stays) this.current = first ?? null;
  }

  private show(hint: string, now: number): void {
    if (hint === this.shown || now - this.shownSince < this.tables.timing.min_on_screen) return;
    this.shown = hint;
    this.shownSince = now;
  }

  /** Whether nothing fails in this frame; a blink is tolerated once all was right. */
  private meetsAll(verdicts: Verdict[], now: number): boolean {
    const failed = verdicts.filter((verdict) => verdict.outcome === "fail" && this.rules[verdict.rule]);
    if (!failed.length) {
      this.blinkSince = null;
      return verdicts.length > 0;
    }
    if (!this.ready || failed.some((verdict) => !this.tables.eye_rules.includes(verdict.rule))) return false;
    this.blinkSince ??= now;
    return now - this.blinkSince < this.tables.timing.max_blink;
  }
}
