import { expect, test } from "vitest";
import { happeningsByDay } from "./happenings";

test("alike happenings of queues are one of the day, and end before midnight", () => {
  const feast = { kind: "events", title: "feast", start: "2026-10-01T00:00:00+08:00", end: "2026-10-03T00:00:00+08:00" };
  const all = [
    { ...feast, queue: "a" },
    { ...feast, queue: "b" },
  ];
  const told = happeningsByDay(all, "Asia/Shanghai", { from: "2026-09-01", to: "2026-10-31" });
  expect([...told.keys()]).toEqual(["2026-10-01", "2026-10-02"]);
  expect(told.get("2026-10-01")).toEqual([{ kind: "events", title: "feast", queues: ["a", "b"] }]);
});

test("only days in view are told", () => {
  const long = { kind: "outages", title: "x", queue: "a", start: "2026-01-01T00:00Z", end: "2027-01-01T00:00Z" };
  expect(happeningsByDay([long], "UTC", { from: "2026-03-01", to: "2026-03-02" }).size).toBe(2);
});
