import { expect, test } from "vitest";
import { darkest, gaps, heatOf, minutesOf, shadeOf, shortOf } from "./heat";

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

test("shades keep the sign, and an interval has its minutes", () => {
  expect([shadeOf(-16), shadeOf(25)]).toEqual([-4, 5]);
  expect(darkest([[0, 0, -49, 0]])).toBe(7);
  expect(darkest([])).toBe(1);
  expect(minutesOf(timestamps)).toBe(30);
});
