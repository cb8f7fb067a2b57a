import { expect, test } from "vitest";
import { figures, inShort } from "./figures";

test("numbers are told with their units, the period in its place", () => {
  expect(inShort({ period: "day", per: "period", min_minutes: 0, max_minutes: 480 }, "zh")).toEqual(["每日至多 8 小时"]);
  expect(inShort({ period: "week", min_minutes: 960, max_minutes: 1440 }, "en")).toEqual([
    "at least 16 h a week",
    "at most 24 h a week",
  ]);
  expect(inShort({ max_day_minutes: 180, max_month_minutes: 2160 }, "en")).toEqual(["at most 3 h a day", "at most 36 h a month"]);
  expect(inShort({ period: "week", min_days: 1, max_days: null }, "en")).toEqual(["at least 1 day a week"]);
});

test("a bound from both sides is one number, and one that bounds nothing is left out", () => {
  expect(inShort({ period: "week", min_minutes: 2400, max_minutes: 2400 }, "zh")).toEqual(["每周 40 小时"]);
  expect(inShort({ of: "night", min_days: 1, max_days: 3 }, "zh")).toEqual(["至多 3 天"]);
  expect(inShort({}, "zh")).toEqual([]);
});

test("the detail names every number that is set", () => {
  const told = figures({ period: "week", max_nights: 3, min_night_minutes: 180 }, "en");
  expect(told.map(({ name, value }) => `${name}: ${value}`)).toEqual([
    "Period: a week",
    "Most nights: 3 nights",
    "Counts as a night from: 3 h",
  ]);
});
