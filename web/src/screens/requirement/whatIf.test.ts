import { expect, test } from "vitest";
import { bodyOf, differenceOf } from "./whatIf";

test("per cents become shares and factors, empty fields fall away", () => {
  const told = {
    service: 90,
    threshold: 15,
    abandon: null,
    occupancy: 85,
    answered: undefined,
    shrinkage: null,
    calls: 20,
    handle: -10,
  };
  const body = bodyOf(told, { queue: "a", first: "2026-10-01", last: "2026-10-07" }, { max_asa_s: 30, definition: "answered" });
  expect(body.target).toMatchObject({
    service_level: 0.9,
    threshold_s: 15,
    max_abandon_rate: null,
    max_occupancy: 0.85,
    max_asa_s: 30,
  });
  expect([body.calls, body.handle_time, body.shrinkage]).toEqual([1.2, 0.9, null]);
});

test("agent-hours and peaks are compared", () => {
  const timestamps = ["2026-10-01T00:00:00Z", "2026-10-01T00:30:00Z"];
  const before = { on_phone: [1, 2], heads: [2, 4] };
  const after = { on_phone: [1, 3], heads: [2, 6] };
  expect(differenceOf({ timestamps, before, after })).toEqual({ before: 3, after: 4, change: 1, peakBefore: 4, peakAfter: 6 });
});
