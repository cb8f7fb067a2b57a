// What the board of the day adds up: intervals over queues, and what stands after a log of steps.

import type { CoverageLine } from "../../api/series";

export type CallsLine = { timestamp: string; queue: string; offered: number | null };
export type ForecastLine = { timestamp: string; queue: string; mean: number | null; q05?: number; q95?: number };
export type Interval = {
  at: string;
  actual: number | null;
  forecast: number;
  low: number;
  high: number;
  required: number;
  rostered: number;
  service: number | null;
};
const key = (timestamp: string) => new Date(timestamp).toISOString();

/** The intervals of a day over the queues given; bands of several queues are added as if they moved together. */
export function intervalsOf(coverage: CoverageLine[], forecast: ForecastLine[], calls: CallsLine[]): Interval[] {
  const found = new Map<string, Interval & { served: number; weight: number }>();
  const of = (timestamp: string) => {
    const at = key(timestamp);
    const one = found.get(at) ?? {
      ...{ at, actual: null, forecast: 0, low: 0, high: 0, required: 0, rostered: 0, service: null },
      ...{ served: 0, weight: 0 },
    };
    found.set(at, one);
    return one;
  };
  for (const line of coverage) {
    const one = of(line.timestamp);
    one.required += line.required ?? 0;
    one.rostered += line.rostered ?? 0;
    if (line.service_level === null || line.service_level === undefined) continue;
    one.served += line.service_level * (line.calls ?? 0);
    one.weight += line.calls ?? 0;
    one.service = one.weight > 0 ? one.served / one.weight : null;
  }
  for (const line of forecast) {
    const one = of(line.timestamp);
    one.forecast += line.mean ?? 0;
    one.low += line.q05 ?? line.mean ?? 0;
    one.high += line.q95 ?? line.mean ?? 0;
  }
  for (const line of calls) {
    if (line.offered === null) continue;
    const one = of(line.timestamp);
    one.actual = (one.actual ?? 0) + line.offered;
  }
  return [...found.values()].sort((a, b) => a.at.localeCompare(b.at));
}

/** Calls so far against what was forecast for the same intervals. */
export function soFar(intervals: Interval[]): { actual: number; forecast: number } {
  const known = intervals.filter((one) => one.actual !== null);
  const sum = (of: (one: Interval) => number) => known.reduce((total, one) => total + of(one), 0);
  return { actual: sum((one) => one.actual ?? 0), forecast: sum((one) => one.forecast) };
}

export type Step = {
  call_out: string;
  deed: string;
  agent?: string | null;
  echelon?: string | null;
  queue?: string | null;
  at: string;
};
export type Answer = "asked" | "accepted" | "declined" | "arrived" | "stood_down" | "no_answer";
export type Called = { id: string; echelon: string; queue: string; ended: boolean; members: Map<string, Answer> };

/** Where each call-out stands: the last deed of each member. */
export function calledOut(steps: Step[], now: string): Called[] {
  const found = new Map<string, Called & { until: Map<string, string> }>();
  for (const step of steps) {
    const fresh = { id: step.call_out, echelon: "", queue: "", ended: false, members: new Map(), until: new Map() };
    const one = found.get(step.call_out) ?? fresh;
    found.set(step.call_out, one);
    if (step.deed === "started") Object.assign(one, { echelon: step.echelon ?? "", queue: step.queue ?? "" });
    else if (step.deed === "ended") one.ended = true;
    else if (step.agent) {
      one.members.set(step.agent, step.deed as Answer);
      const until = (step as { until?: string | null }).until;
      if (step.deed === "asked" && until) one.until.set(step.agent, until);
    }
  }
  for (const one of found.values())
    for (const [agent, until] of one.until)
      if (one.members.get(agent) === "asked" && Date.parse(until) < Date.parse(now)) one.members.set(agent, "no_answer");
  return [...found.values()];
}

/** Proposals that nobody has answered, newest state of each. */
export function openProposals<P extends { proposal: string; deed: string }>(steps: P[]): P[] {
  const closed = new Set(steps.filter((step) => step.deed !== "proposed").map((step) => step.proposal));
  return steps.filter((step) => step.deed === "proposed" && !closed.has(step.proposal));
}

/** A minute of the zone as the commands read it: 2026-06-09T10:00. */
export function localMinute(at: string, zone: string): string {
  const told = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(new Date(at));
  return told.replace(" ", "T");
}
