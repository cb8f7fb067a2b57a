import { expect, test } from "vitest";
import { brokenOf, readyOf, struckOf } from "./echelon";

const count = (at: string, site: string, able: number) => ({
  at,
  site,
  echelon: "E1",
  queue: "fault",
  members: 10,
  able,
  skill: 3,
  rest: 7 - able,
});

test("the last count is summed over sites, and earlier ones are left out", () => {
  const told = readyOf([count("2026-10-14T12:00", "a", 2), count("2026-10-14T12:00", "b", 1), count("2026-10-13T12:00", "a", 7)]);
  expect(told?.at).toBe("2026-10-14T12:00");
  expect(told?.ready).toMatchObject([{ echelon: "E1", queue: "fault", members: 20, able: 3, causes: { skill: 6, rest: 11 } }]);
  expect(readyOf([])).toBeUndefined();
});

const slot = (queue: string, timestamp: string, required: number, lost: number) => ({
  queue,
  timestamp,
  required,
  on_phones: 10,
  lost_calls: lost,
  calls: required * 2,
});

test("queues of a scenario stand with their widest gap, the worst first", () => {
  const rows = [slot("ev", "09:00", 12, 1), slot("fault", "09:30", 40, 5), slot("fault", "09:00", 30, 4)];
  expect(brokenOf(rows)).toEqual([
    { queue: "fault", worst: "09:30", short: 30, lost: 9 },
    { queue: "ev", worst: "09:00", short: 2, lost: 1 },
  ]);
  expect(struckOf(rows, "fault")).toMatchObject({ time: ["09:00", "09:30"], calls: [60, 80] });
});
