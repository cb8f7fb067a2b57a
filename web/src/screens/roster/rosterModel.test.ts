import { expect, test } from "vitest";
import { pasted, RosterModel } from "./rosterModel";

const matrix = {
  version: "v1",
  zone: "Asia/Shanghai",
  agents: ["a", "b"],
  days: ["2026-06-01", "2026-06-02", "2026-06-03"],
  codes: ["-", "D", "N"],
  cells: [
    [0, 1, 2],
    [1, -1, 0],
  ],
  shifts: {},
  moved: [],
};
const model = () => new RosterModel(matrix, ["E"]);

test("a change is undone and done again as one step", () => {
  const roster = model();
  const asked = [
    { agent: 0, day: 0, code: "E" },
    { agent: 0, day: 1, code: "E" },
    { agent: 0, day: 2, code: "N" },
  ];
  expect(roster.change(asked)).toHaveLength(2);
  expect(roster.changes()).toHaveLength(2);
  expect(roster.undo()).toEqual([
    { agent: 0, day: 0, code: "-" },
    { agent: 0, day: 1, code: "D" },
  ]);
  expect(roster.changes()).toEqual([]);
  expect(roster.redo()).toHaveLength(2);
  expect(roster.canRedo).toBe(false);
  roster.undo();
  roster.change([{ agent: 1, day: 0, code: "N" }]);
  expect(roster.canRedo).toBe(false);
});

test("days of which the roster says nothing cannot be changed", () => {
  expect(model().change([{ agent: 1, day: 1, code: "D" }])).toEqual([]);
});

test("codes are understood in any case, unknown ones are not", () => {
  const roster = model();
  expect(roster.codeOf("e")).toBe("E");
  expect(roster.codeOf(" ")).toBe("-");
  expect(roster.codeOf("X9")).toBeUndefined();
});

test("only what was changed is given, -1 where the parent stands", () => {
  const roster = model();
  roster.change([{ agent: 0, day: 2, code: "D" }]);
  roster.change([{ agent: 1, day: 0, code: "-" }]);
  expect(roster.given()).toEqual({
    agents: ["a", "b"],
    days: ["2026-06-01", "2026-06-03"],
    codes: ["-", "D"],
    cells: [
      [-1, 1],
      [0, -1],
    ],
  });
});

test("hours are those that the changes add", () => {
  const roster = model();
  const paid = new Map([
    ["D", 480],
    ["E", 420],
  ]);
  roster.change([{ agent: 0, day: 0, code: "D" }]);
  roster.change([{ agent: 1, day: 0, code: "E" }]);
  expect(roster.addedMinutes(paid)).toEqual([420, 0, 0]);
});

test("a block from Excel ends with a newline that is no row", () => {
  expect(pasted("E\tE\tL\r\nN\t\tD\r\n")).toEqual([
    ["E", "E", "L"],
    ["N", "", "D"],
  ]);
});
