import type { Schemas } from "../../api/client";
import { minutesOf } from "./heat";

type Figure = number | null | undefined;
/** What was filled in: per cent, seconds; empty = as it stands, or no such target. */
export type WhatIfTold = Record<
  "service" | "threshold" | "abandon" | "occupancy" | "answered" | "shrinkage" | "calls" | "handle",
  Figure
>;

const part = (value: Figure) => (value == null ? null : value / 100);

/** The question; what the form does not ask about the target (its definition, the wait) stays as it stands. */
export function bodyOf(
  told: WhatIfTold,
  asked: { queue: string; first: string; last: string },
  target: Partial<Schemas["ServiceTarget"]> = {},
): Schemas["WhatIfIn"] {
  return {
    ...asked,
    target: {
      service_level: part(told.service) ?? 0.8,
      threshold_s: told.threshold ?? 20,
      definition: target.definition ?? "offered",
      max_abandon_rate: part(told.abandon),
      max_asa_s: target.max_asa_s ?? null,
      max_occupancy: part(told.occupancy),
      min_answer_rate: part(told.answered),
    },
    calls: 1 + (part(told.calls) ?? 0),
    handle_time: 1 + (part(told.handle) ?? 0),
    shrinkage: part(told.shrinkage),
  };
}

/** Agent-hours and peaks of both. */
export function differenceOf({ timestamps, before, after }: Pick<Schemas["WhatIfOut"], "timestamps" | "before" | "after">) {
  const hours = (heads: number[]) => (heads.reduce((sum, one) => sum + one, 0) * minutesOf(timestamps)) / 60;
  const [now, then] = [hours(before.heads), hours(after.heads)];
  return {
    before: now,
    after: then,
    change: then - now,
    peakBefore: Math.max(0, ...before.heads),
    peakAfter: Math.max(0, ...after.heads),
  };
}
