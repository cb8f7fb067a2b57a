import type { LeadScore } from "./versions";

export type Verdict = { width: "good" | "narrow" | "wide"; held80: number; lean: "high" | "low" | "level"; bias: number };

/** Points by which the share held by the 80 % band may differ before it is called narrow or wide (house choice). */
export const TOLERANCE = 0.06;
/** Share by which forecasts may lean before it is told (house choice). */
const LEAN = 0.03;

/** What scores say in a word: lead times together, each by its intervals (bands) or its calls (bias). */
export function verdictOf(scores: LeadScore[]): Verdict | undefined {
  const mean = (value: (one: LeadScore) => number, weight: (one: LeadScore) => number) => {
    const weights = scores.reduce((sum, one) => sum + weight(one), 0);
    return weights > 0 ? scores.reduce((sum, one) => sum + value(one) * weight(one), 0) / weights : undefined;
  };
  const held80 = mean(
    (one) => one.coverage80,
    (one) => one.count,
  );
  const bias = mean(
    (one) => one.bias,
    (one) => one.calls,
  );
  if (held80 === undefined || bias === undefined) return undefined;
  const width = Math.abs(held80 - 0.8) <= TOLERANCE ? "good" : held80 < 0.8 ? "narrow" : "wide";
  return { width, held80, lean: Math.abs(bias) <= LEAN ? "level" : bias > 0 ? "high" : "low", bias };
}

/** The PIT of all lead times: shares of bins, each score by its intervals. */
export function pitOf(scores: LeadScore[]): number[] {
  const count = scores.reduce((sum, one) => sum + one.count, 0);
  const bins = scores[0]?.pit.length ?? 0;
  return Array.from({ length: bins }, (_, k) => scores.reduce((sum, one) => sum + (one.pit[k] ?? 0) * one.count, 0) / count);
}
