import { expect, test } from "vitest";
import { causesOf, daysOf, remediesOf, stateOf, warningsOf } from "./warning";

const entry = (key: string, row: object) => ({ key, version: 1, row: { ...row } });

test("the highest level comes first, and steps are those of the warning", () => {
  const rows = [
    entry("1", { id: "w1", level: "blue", start: "2026-10-01T00:00+08:00" }),
    entry("2", { id: "w2", level: "red", start: "2026-10-02T00:00+08:00" }),
    entry("3", { id: "w3", level: "red", start: "2026-10-01T00:00+08:00" }),
  ];
  const steps = [entry("1", { warning: "w2", deed: "raised" }), entry("2", { warning: "w2", deed: "acknowledged" })];
  const found = warningsOf(rows, steps);
  expect(found.map((one) => one.id)).toEqual(["w3", "w2", "w1"]);
  expect(found.map((one) => one.state)).toEqual(["open", "acknowledged", "open"]);
});

test("a warning that is raised again is open again", () => {
  expect(stateOf([{ deed: "raised" }, { deed: "closed" }, { deed: "raised" }])).toBe("open");
  expect(stateOf([{ deed: "raised" }, { deed: "acknowledged" }, { deed: "changed" }])).toBe("acknowledged");
  expect(stateOf([{ deed: "raised" }, { deed: "closed" }, { deed: "reviewed" }])).toBe("reviewed");
});

test("remedies are told by the moment at which they lapse", () => {
  const row = { remedies: "E1=2026-10-13T14:00+08:00;overtime=2026-10-13T12:30+08:00;odd" };
  expect(remediesOf(row).map((one) => one.remedy)).toEqual(["overtime", "E1"]);
  expect(remediesOf({})).toEqual([]);
});

test("causes that do nothing are left out", () => {
  expect(causesOf({ missing_by_volume: 3, missing_by_leave: 0, missing_by_planned: -1.5 })).toEqual([
    { cause: "volume", agents: 3 },
    { cause: "planned", agents: -1.5 },
  ]);
});

test("days are those of the site", () => {
  const row = { start: "2026-10-13T23:00:00+08:00", end: "2026-10-15T01:00:00+08:00" };
  expect(daysOf(row, "Asia/Shanghai")).toEqual(["2026-10-13", "2026-10-14", "2026-10-15"]);
});
