// A planner's override laid over a forecast, as the forecaster lays it: for the preview before it is saved.

import type { Line, Matrix } from "../../api/series";
import { dayOf, wall } from "../../shared/zone";

export const KINDS = ["percent", "absolute", "set", "min", "max", "daily_total", "copied_day"] as const;
export type Kind = (typeof KINDS)[number];
export type Layer = {
  kind: Kind;
  value?: number | null;
  copy_day?: string | null;
  start: string;
  end: string;
  queues?: string[] | null;
};

type Asked = { lines: Record<string, Line>; timestamps: string[]; zone: string };

/** Calls of each queue with the layer over them; a copied day that is not in view stays as it is. */
export function laid({ lines, timestamps, zone }: Asked, layer: Layer): Record<string, Line> {
  const [begin, end] = [Date.parse(layer.start), Date.parse(layer.end)];
  const walls = timestamps.map((at) => wall(at, zone));
  const inside = timestamps.map((at) => Date.parse(at) >= begin && Date.parse(at) < end);
  const meant = (queue: string) => (layer.queues ?? []).length === 0 || layer.queues?.includes(queue) === true;
  const chosen = Object.entries(lines).filter(([queue]) => meant(queue));
  const scale = layer.kind === "daily_total" ? scales(chosen, walls, inside, layer.value ?? 0) : new Map<string, number>();
  const changed = (line: Line): Line => {
    const copied = new Map(
      walls.flatMap((one, k) => (dayOf(one) === layer.copy_day ? [[one.slice(11), line[k] ?? null] as const] : [])),
    );
    return line.map((calls, k) => {
      const walled = walls[k] ?? "";
      if (calls === null || !inside[k]) return calls;
      if (layer.kind === "daily_total") return calls * (scale.get(dayOf(walled)) ?? 1);
      if (layer.kind === "copied_day") return copied.get(walled.slice(11)) ?? calls;
      return Math.max(wanted(layer.kind, calls, layer.value ?? 0), 0);
    });
  };
  return Object.fromEntries(Object.entries(lines).map(([queue, line]) => [queue, meant(queue) ? changed(line) : line]));
}

function wanted(kind: Exclude<Kind, "daily_total" | "copied_day">, calls: number, value: number): number {
  if (kind === "percent") return calls * (1 + value / 100);
  if (kind === "absolute") return calls + value;
  if (kind === "min") return Math.max(calls, value);
  return kind === "max" ? Math.min(calls, value) : value;
}

/** By what the calls of each day are multiplied so that the day has its total; what is not touched counts towards it. */
function scales(chosen: [string, Line][], walls: string[], inside: boolean[], asked: number): Map<string, number> {
  const touched = new Map<string, number>();
  const rest = new Map<string, number>();
  for (const [, line] of chosen) {
    line.forEach((calls, k) => {
      const sums = inside[k] ? touched : rest;
      const day = dayOf(walls[k] ?? "");
      sums.set(day, (sums.get(day) ?? 0) + (calls ?? 0));
    });
  }
  const found = [...touched].map(([day, sum]) => [day, sum > 0 ? Math.max(asked - (rest.get(day) ?? 0), 0) / sum : 1] as const);
  return new Map(found);
}

/** Lines of a matrix by queue. */
export const linesOf = (matrix: Matrix): Record<string, Line> =>
  Object.fromEntries(matrix.queues.map((queue, q) => [queue, matrix.values.mean?.[q] ?? []]));
