import { expect, test } from "vitest";
import type { Matrix } from "../../api/series";
import { alongAxis, fitted, peakOf, quantilesOf, stepOf } from "./fan";
import { laid } from "./layers";

const ZONE = "Asia/Shanghai";
const timestamps = ["2026-10-04T16:00:00Z", "2026-10-05T00:00:00Z", "2026-10-05T16:00:00Z", "2026-10-06T00:00:00Z"];
const matrix: Matrix = { zone: ZONE, every: "interval", queues: ["a"], timestamps, values: { mean: [[10, 20, 30, null]] } };
const whole = { start: "2026-10-05T00:00:00+08:00", end: "2026-10-06T00:00:00+08:00" };
const asked = { lines: { a: [10, 20, 30, 40], b: [10, 0, 0, 0] }, timestamps, zone: ZONE };

test("values are found at the same local time of another day", () => {
  const line = [10, 20, 30, null];
  const axis = (...walls: string[]) => ({ walls, step: 30 });
  expect(alongAxis(matrix, line, ZONE, axis("2026-10-05 08:00", "2026-10-09 08:00"))).toEqual([20, null]);
  expect(alongAxis(matrix, line, ZONE, axis("2026-10-12 08:00"), 7)).toEqual([20]);
});

test("counts of a finer history are summed up", () => {
  const fine = { ...matrix, timestamps: ["2026-10-05T00:00:00Z", "2026-10-05T00:05:00Z", "2026-10-05T00:30:00Z"] };
  const axis = { walls: ["2026-10-05 08:00", "2026-10-05 08:30", "2026-10-05 09:00"], step: 30 };
  expect(alongAxis(fine, [1, 2, 4], ZONE, axis)).toEqual([3, 4, null]);
  expect(alongAxis(fine, [1, 2, 4], ZONE, { walls: ["2026-10-05 00:00"], step: 1440 })).toEqual([7]);
  expect(stepOf(fine.timestamps)).toBe(5);
  expect(stepOf(["2026-10-05T00:00:00Z"])).toBe(1440);
});

test("bands are shown only where every quantile is known", () => {
  expect(quantilesOf(matrix, "a")).toEqual({});
  const names = ["q025", "q10", "q25", "q75", "q90", "q975"];
  const values = Object.fromEntries(names.map((name, k) => [name, [[k, k, k, k]]]));
  expect(quantilesOf({ ...matrix, values }, "a").q90).toEqual([4, 4, 4, 4]);
  expect(quantilesOf({ ...matrix, values }, "*")).toEqual({});
});

test("what came is judged where it is known", () => {
  const quantiles = { q10: [5, 15, 25, 35], q90: [15, 25, 35, 45] };
  const told = fitted({ mean: [10, 20, 30, 40], came: [12, 30, null, null], quantiles });
  expect(told).toEqual({ foreseen: 30, came: 42, difference: 42 / 30 - 1, wape: 12 / 42, within80: 0.5 });
  const known = { q025: [10, 10], q975: [10, 40] };
  expect(fitted({ mean: [10, 20], came: [10, 30], quantiles: known }).foreseen).toBe(20);
  expect(fitted({ mean: [1], came: [null], quantiles: {} }).wape).toBeNull();
});

test("the peak is found among gaps", () => {
  expect(peakOf([null, 3, 9, 2])).toEqual({ value: 9, at: 2 });
  expect(peakOf([null])).toBeUndefined();
});

test("a layer changes its stretch and its queues only", () => {
  expect(laid(asked, { kind: "percent", value: 50, ...whole, queues: ["a"] })).toEqual({ a: [15, 30, 30, 40], b: [10, 0, 0, 0] });
  expect(laid(asked, { kind: "absolute", value: -15, ...whole }).a).toEqual([0, 5, 30, 40]);
  expect(laid(asked, { kind: "min", value: 12, ...whole }).a).toEqual([12, 20, 30, 40]);
  expect(laid(asked, { kind: "max", value: 12, ...whole }).a).toEqual([10, 12, 30, 40]);
  expect(laid(asked, { kind: "set", value: 7, ...whole }).a).toEqual([7, 7, 30, 40]);
});

test("a total of a day is spread by the shape, and a day is copied by the time of day", () => {
  const told = laid(asked, { kind: "daily_total", value: 80, ...whole });
  expect(told.a).toEqual([20, 40, 30, 40]);
  expect(told.b?.[0]).toBe(20);
  expect(laid(asked, { kind: "copied_day", copy_day: "2026-10-06", ...whole }).a).toEqual([30, 40, 30, 40]);
});
