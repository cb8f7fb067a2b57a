import { expect, test } from "vitest";
import { clockOf, dayOf, daysLater, instantOf, wall } from "./zone";

test("an instant and its local time lead to each other", () => {
  const walled = wall("2026-10-05T00:30:00Z", "Asia/Shanghai");
  expect(walled).toBe("2026-10-05 08:30");
  expect([dayOf(walled), clockOf(walled)]).toEqual(["2026-10-05", "08:30"]);
  expect(instantOf(walled, "Asia/Shanghai")).toBe("2026-10-05T08:30:00+08:00");
});

test("offsets change with the clocks", () => {
  expect(instantOf("2026-01-05 08:30", "Europe/Berlin")).toBe("2026-01-05T08:30:00+01:00");
  expect(instantOf("2026-07-05 08:30", "Europe/Berlin")).toBe("2026-07-05T08:30:00+02:00");
  expect(instantOf("2026-07-05 08:30", "America/St_Johns")).toBe("2026-07-05T08:30:00-02:30");
});

test("days are counted over the ends of months", () => {
  expect(daysLater("2026-10-05 08:30", -7)).toBe("2026-09-28 08:30");
  expect(daysLater("2026-12-31", 1)).toBe("2027-01-01");
});
