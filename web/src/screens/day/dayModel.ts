// The arithmetic of the day chart in whole quarters of an hour since local midnight: clock changes and nights need no special case.

import type { Schemas } from "../../api/client";

export const QUARTER = 15 * 60_000;
export type Window = { earliest: number; latest: number };
export type Span = {
  id: string;
  agent: string;
  code: string;
  start: number;
  end: number;
  meal: { start: number; length: number; window: Window } | undefined;
  breaks: number[];
};
export type Task = { id: string; agent: string; name: string; start: number; end: number };
/** Where meals were moved to, by the id of their shift; the newest last. */
export type Move = { id: string; to: number };
export type Supply = { required: number[]; rostered: number[] };
type ShiftRow = { code: string; meal_earliest?: number | null; meal_latest?: number | null };

/** How far a zone's clock is ahead of UTC at an instant, ms. */
function ahead(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "short", timeStyle: "medium", hourCycle: "h23" });
  const told = Object.fromEntries(parts.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  return Date.UTC(told.year ?? 0, (told.month ?? 1) - 1, told.day, told.hour, told.minute, told.second) - at;
}

/** The instant at which a day begins in a zone, ms. */
export function midnight(day: string, zone: string): number {
  const wall = Date.parse(`${day}T00:00Z`);
  return wall - ahead(wall - ahead(wall, zone), zone);
}

export const quarterOf = (at: string, from: number) => Math.round((Date.parse(at) - from) / QUARTER);

/** Shifts of a day, and those of the day before that reach into it. */
export function spansOf(days: Schemas["DayOut"][], shifts: ShiftRow[], from: number): Span[] {
  const rules = new Map(shifts.map((shift) => [shift.code, shift]));
  return days
    .filter((day) => day.start && day.end && Date.parse(day.end) > from)
    .map((day) => {
      const start = quarterOf(day.start ?? "", from);
      const end = quarterOf(day.end ?? "", from);
      return {
        id: `${day.agent}@${day.date}`,
        agent: day.agent,
        code: day.code,
        start,
        end,
        meal: mealOf(day, rules.get(day.code), start, end, from),
        breaks: (day.break_starts ?? []).map((at) => quarterOf(at, from)),
      };
    });
}

function mealOf(day: Schemas["DayOut"], rule: ShiftRow | undefined, start: number, end: number, from: number): Span["meal"] {
  if (!day.meal_start || !day.meal_minutes) return undefined;
  const length = Math.ceil(day.meal_minutes / 15);
  const earliest = start + Math.ceil((rule?.meal_earliest ?? 0) / 15);
  const latest = rule?.meal_latest == null ? end - length : start + Math.floor(rule.meal_latest / 15);
  return { start: quarterOf(day.meal_start, from), length, window: { earliest, latest: Math.min(latest, end - length) } };
}

/** Where a meal stands after all moves. */
export const mealAt = (span: Span, moves: Move[]) => moves.findLast((move) => move.id === span.id)?.to ?? span.meal?.start;

/** The nearest quarter at which the meal may begin. */
export function snapped(span: Span, quarter: number): number {
  const { earliest, latest } = span.meal?.window ?? { earliest: quarter, latest: quarter };
  return Math.max(earliest, Math.min(latest, Math.round(quarter)));
}

/** What the moved meals change of the agents on the phones, by quarter. */
export function shifted(spans: Span[], moves: Move[], quarters: number): number[] {
  const change = new Array<number>(quarters).fill(0);
  for (const span of spans) {
    const to = mealAt(span, moves);
    if (span.meal === undefined || to === undefined || to === span.meal.start) continue;
    for (let k = 0; k < span.meal.length; k++) {
      const [free, away] = [span.meal.start + k, to + k];
      if (free >= 0 && free < quarters) change[free] = (change[free] ?? 0) + 1;
      if (away >= 0 && away < quarters) change[away] = (change[away] ?? 0) - 1;
    }
  }
  return change;
}

/** Agents required and rostered by quarter, out of intervals of any length. */
export function supplyOf(lines: Schemas["CoverageLine"][], minutes: number, from: number, quarters: number): Supply {
  const supply = { required: new Array<number>(quarters).fill(0), rostered: new Array<number>(quarters).fill(0) };
  for (const line of lines) {
    const first = quarterOf(line.timestamp, from);
    for (let q = Math.max(0, first); q < Math.min(quarters, first + Math.max(1, minutes / 15)); q++) {
      supply.required[q] = (supply.required[q] ?? 0) + (line.required ?? 0);
      supply.rostered[q] = (supply.rostered[q] ?? 0) + (line.rostered ?? 0);
    }
  }
  return supply;
}
