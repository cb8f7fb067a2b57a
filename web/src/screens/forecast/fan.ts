// What the fan chart shows, without React: lines on one time axis, bands, and how well they fitted.

import { type Line, lineOf, type Matrix } from "../../api/series";
import { daysLater, wall } from "../../shared/zone";

/** Central intervals: their share, and the quantiles at their ends. */
export const BANDS = [
  { share: 0.95, low: "q025", high: "q975" },
  { share: 0.8, low: "q10", high: "q90" },
  { share: 0.5, low: "q25", high: "q75" },
] as const;

export type Fan = {
  /** Local times of the centre, `2026-10-05 08:30`. */
  walls: string[];
  timestamps: string[];
  mean: Line;
  handle: Line;
  /** Ends of the bands; empty where they are not known (hours, days, all queues). */
  quantiles: Record<string, Line>;
  came: Line;
  before: Line;
  against: Line;
  preview: Line;
};

/** Minutes between the times of an axis: the least step, for nights and holidays may be missing. */
export function stepOf(timestamps: string[]): number {
  const steps = timestamps.slice(1).map((at, k) => (Date.parse(at) - Date.parse(timestamps[k] ?? at)) / 60_000);
  return Math.min(DAY, ...steps.filter((step) => step > 0));
}

const DAY = 1440; // minutes

/** The time of a day at which a step begins. */
function begunAt(walled: string, step: number): string {
  const minute = Number(walled.slice(11, 13)) * 60 + Number(walled.slice(14, 16));
  const begun = Math.floor(minute / step) * step;
  return `${walled.slice(0, 11)}${String(Math.floor(begun / 60)).padStart(2, "0")}:${String(begun % 60).padStart(2, "0")}`;
}

type Axis = { walls: string[]; step: number };

/**
 * Values of a matrix along an axis of local times, so that the same time of another day is found over changes of the clock;
 * counts of a finer history are summed up to the steps of the axis.
 */
export function alongAxis(matrix: Matrix | undefined, line: Line, zone: string, axis: Axis, daysBefore = 0): Line {
  if (matrix === undefined || line.length === 0) return [];
  const sums = new Map<string, number>();
  matrix.timestamps.forEach((at, k) => {
    const value = line[k];
    if (typeof value !== "number") return;
    const key = begunAt(wall(at, zone), axis.step);
    sums.set(key, (sums.get(key) ?? 0) + value);
  });
  return axis.walls.map((one) => sums.get(daysBefore === 0 ? one : daysLater(one, -daysBefore)) ?? null);
}

export function quantilesOf(matrix: Matrix | undefined, queue: string): Record<string, Line> {
  const names = BANDS.flatMap((band) => [band.low, band.high]);
  const found = names.map((name) => [name, queue === "*" ? [] : lineOf(matrix, name, queue)] as const);
  return found.every(([, line]) => line.some((value) => value !== null)) ? Object.fromEntries(found) : {};
}

export type Fitted = { foreseen: number; came: number; difference: number | null; wape: number | null; within80: number | null };

/** How the calls that came compare with those foreseen, over the times at which they are known. */
export function fitted({ mean, came, quantiles }: Pick<Fan, "mean" | "came" | "quantiles">): Fitted {
  let foreseen = 0;
  let sum = 0;
  let off = 0;
  let inside = 0;
  let judged = 0;
  mean.forEach((expected, k) => {
    const real = came[k];
    if (expected === null || real === null || real === undefined) return;
    const [least, most] = [quantiles.q025?.[k], quantiles.q975?.[k]];
    if (typeof least === "number" && least === most) return; // had come already when it was forecast: nothing to judge
    foreseen += expected;
    sum += real;
    off += Math.abs(real - expected);
    const [low, high] = [quantiles.q10?.[k], quantiles.q90?.[k]];
    if (typeof low !== "number" || typeof high !== "number" || high <= low) return;
    judged += 1;
    if (real >= low && real <= high) inside += 1;
  });
  return {
    foreseen,
    came: sum,
    difference: foreseen > 0 ? sum / foreseen - 1 : null,
    wape: sum > 0 ? off / sum : null,
    within80: judged > 0 ? inside / judged : null,
  };
}

/** The highest value and where it stands. */
export function peakOf(line: Line): { value: number; at: number } | undefined {
  let at = -1;
  line.forEach((value, k) => {
    if (value !== null && (at < 0 || value > (line[at] ?? 0))) at = k;
  });
  const value = line[at];
  return typeof value === "number" ? { value, at } : undefined;
}
