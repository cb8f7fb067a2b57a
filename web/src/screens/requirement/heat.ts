// Days by times of day, without React.

import type { Line } from "../../api/series";
import { clockOf, dayOf, wall } from "../../shared/zone";

/** A cell: place of its time of day, place of its day, its value, and which interval it is. */
export type Cell = [slot: number, day: number, value: number, at: number];
export type Heat = { days: string[]; clocks: string[]; cells: Cell[] };

/** A line over time as days by times of day; where nothing is known there is no cell. */
export function heatOf(timestamps: string[], line: Line, zone: string): Heat {
  const walls = timestamps.map((at) => wall(at, zone));
  const days = [...new Set(walls.map(dayOf))];
  const clocks = [...new Set(walls.map(clockOf))].sort();
  const dayAt = new Map(days.map((day, k) => [day, k]));
  const clockAt = new Map(clocks.map((clock, k) => [clock, k]));
  const cells = walls.flatMap((one, k): Cell[] => {
    const value = line[k];
    if (typeof value !== "number") return [];
    return [[clockAt.get(clockOf(one)) ?? 0, dayAt.get(dayOf(one)) ?? 0, value, k]];
  });
  return { days, clocks, cells };
}

/** Rostered less required. */
export const gaps = (required: Line, rostered: Line): Line =>
  required.map((asked, k) => (typeof asked === "number" && typeof rostered[k] === "number" ? rostered[k] - asked : null));

/** What the colour of a cell goes by: the square root, so that one storm does not pale all other days. */
export const shadeOf = (value: number): number => Math.sign(value) * Math.sqrt(Math.abs(value));

/** The largest shade of the cells, either way. */
export const darkest = (cells: Cell[]): number => shadeOf(Math.max(1, ...cells.map((cell) => Math.abs(cell[2]))));

export type Short = { intervals: number; short: number; agentHours: number; worst: number };

/** How much is missing: intervals that need somebody, those that are short, agent-hours short, and the worst gap. */
export function shortOf(required: Line, gap: Line, minutes: number): Short {
  const told = { intervals: 0, short: 0, agentHours: 0, worst: 0 };
  gap.forEach((value, k) => {
    if (value === null || !required[k]) return;
    told.intervals += 1;
    if (value >= 0) return;
    told.short += 1;
    told.agentHours -= (value * minutes) / 60;
    told.worst = Math.min(told.worst, value);
  });
  return told;
}

/** Minutes of an interval. */
export const minutesOf = (timestamps: string[]): number =>
  timestamps.length > 1 ? (Date.parse(timestamps[1] ?? "") - Date.parse(timestamps[0] ?? "")) / 60_000 : 30;
