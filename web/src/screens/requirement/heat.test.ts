import { expect, test } from "vitest";
import { gaps, heatOf, minutesOf, scaleOf, shortOf } from "./heat";

const timestamps = ["2026-10-04T16:00:00Z", "2026-10-04T16:30:00Z", "2026-10-05T16:00:00Z"];

test("a line becomes days by times of day of the zone, gaps left out", () => {
  const told = heatOf(timestamps, [4, null, 6], "Asia/Shanghai");
  expect(told.days).toEqual(["2026-10-05", "2026-10-06"]);
  expect(told.clocks).toEqual(["00:00", "00:30"]);
  expect(told.cells).toEqual([
    [0, 0, 4, 0],
    [0, 1, 6, 2],
  ]);
});

test("what is short is counted where somebody is required", () => {
  const gap = gaps([4, 0, 6, null], [3, 0, 8, 1]);
  expect(gap).toEqual([-1, 0, 2, null]);
  expect(shortOf([4, 0, 6, null], gap, 30)).toEqual({ intervals: 2, short: 1, agentHours: 0.5, worst: -1 });
});

test("one cell does not set the scale alone, and an interval has its minutes", () => {
  expect(scaleOf([])).toBe(1);
  expect(scaleOf([[0, 0, -7, 0]])).toBe(7);
  const calm = Array.from({ length: 99 }, (_, k): [number, number, number, number] => [k, 0, 5, k]);
  expect(scaleOf([...calm, [99, 0, 900, 99]])).toBe(5);
  expect(minutesOf(timestamps)).toBe(30);
});
