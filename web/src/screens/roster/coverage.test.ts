import { expect, test } from "vitest";
import { daysCovered } from "./coverage";

const line = (queue: string, timestamp: string, required: number, rostered: number, service: number | null, calls = 10) => ({
  queue,
  timestamp,
  calls,
  required,
  rostered,
  service_level: service,
});

test("hours are summed by the day of the site, service is weighted by calls", () => {
  const items = [
    line("q", "2026-06-01T15:30:00Z", 4, 2, 0.5), // 23:30 of the 1st in Shanghai
    line("q", "2026-06-01T16:00:00Z", 6, 8, 0.9, 30),
    line("q", "2026-06-01T16:30:00Z", 2, 2, 0.7, 10),
    line("other", "2026-06-01T16:00:00Z", 100, 0, null),
  ];
  const days = ["2026-06-01", "2026-06-02"];
  const found = daysCovered(items, days, 30, "Asia/Shanghai", "q");
  expect(found[0]).toEqual({ required: 2, rostered: 1, service: 0.5 });
  expect(found[1]?.required).toBe(4);
  expect(found[1]?.service).toBeCloseTo((0.9 * 30 + 0.7 * 10) / 40);
  expect(daysCovered(items, days, 30, "Asia/Shanghai")[1]?.required).toBe(54);
});
