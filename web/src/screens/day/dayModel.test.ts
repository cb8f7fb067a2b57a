import { expect, test } from "vitest";
import { mealAt, midnight, QUARTER, shifted, snapped, spansOf, supplyOf } from "./dayModel";

const day = (told: object) => ({
  agent: "A1",
  date: "2026-06-09",
  code: "D",
  start: "2026-06-09T09:00:00+08:00",
  end: "2026-06-09T18:00:00+08:00",
  meal_start: "2026-06-09T12:00:00+08:00",
  meal_minutes: 60,
  break_starts: [],
  ...told,
});
const from = midnight("2026-06-09", "Asia/Shanghai");

test("a day of a clock change has 92 or 100 quarters", () => {
  const length = (a: string, b: string) => (midnight(b, "America/New_York") - midnight(a, "America/New_York")) / QUARTER;
  expect(length("2026-03-08", "2026-03-09")).toBe(92);
  expect(length("2026-11-01", "2026-11-02")).toBe(100);
  expect(length("2026-06-01", "2026-06-02")).toBe(96);
});

test("a night of the day before reaches into the day, one that has ended does not", () => {
  const night = day({ code: "N", start: "2026-06-08T23:00:00+08:00", end: "2026-06-09T08:00:00+08:00", meal_start: null });
  const over = day({ start: "2026-06-08T15:00:00+08:00", end: "2026-06-09T00:00:00+08:00" });
  expect(spansOf([night, over], [], from).map(({ start, end }) => [start, end])).toEqual([[-4, 32]]);
});

test("a meal stays in its window and coverage follows it", () => {
  const [span] = spansOf([day({})], [{ code: "D", meal_earliest: 180, meal_latest: 300 }], from);
  if (span === undefined) throw new Error("no shift");
  expect(snapped(span, 10)).toBe(48);
  expect(snapped(span, 90)).toBe(56);
  expect(snapped(span, 50.4)).toBe(50);
  const moves = [
    { id: span.id, to: 49 },
    { id: span.id, to: 50 },
  ];
  expect(mealAt(span, moves)).toBe(50);
  expect(shifted([span], moves, 96).slice(47, 55)).toEqual([0, 1, 1, 0, 0, -1, -1, 0]);
});

test("intervals of half an hour fill two quarters each", () => {
  const line = {
    timestamp: "2026-06-08T16:30:00Z",
    queue: "q",
    calls: 1,
    required: 3,
    rostered: 2,
    service_level: null,
    worth: null,
  };
  expect(supplyOf([line], 30, from, 5)).toEqual({ required: [0, 0, 3, 3, 0], rostered: [0, 0, 2, 2, 0] });
});
