import { expect, test } from "vitest";
import { pitOf, verdictOf } from "./calibration";
import type { LeadScore } from "./versions";

const score = (told: Partial<LeadScore>): LeadScore => ({
  queue: "*",
  lead: "1 day",
  count: 10,
  calls: 100,
  wape: 0.1,
  wape_floor: 0.08,
  bias: 0,
  coverage50: 0.5,
  coverage80: 0.8,
  coverage95: 0.95,
  pit: [0.5, 0.5],
  ...told,
});

test("bands that hold too little or too much are told, and so is a lean", () => {
  expect(verdictOf([score({})])).toEqual({ width: "good", held80: 0.8, lean: "level", bias: 0 });
  expect(verdictOf([score({ coverage80: 0.6, bias: 0.1 })])).toMatchObject({ width: "narrow", lean: "high" });
  expect(verdictOf([score({ coverage80: 0.99, bias: -0.1 })])).toMatchObject({ width: "wide", lean: "low" });
  expect(verdictOf([])).toBeUndefined();
});

test("lead times are put together by their intervals", () => {
  const told = [score({ count: 30, coverage80: 0.9, pit: [1, 0] }), score({ count: 10, coverage80: 0.5, pit: [0, 1] })];
  expect(verdictOf(told)?.held80).toBeCloseTo(0.8);
  expect(pitOf(told)).toEqual([0.75, 0.25]);
});
