import { expect, test } from "vitest";
import { cellsOf } from "./save";

const columns = [
  { key: "name", title: "Name" },
  { key: "hours", title: "Hours" },
];

test("text that a spreadsheet would take for a formula is guarded, numbers stay numbers", () => {
  const rows = [
    { name: "=HYPERLINK(1)", hours: 7.5 },
    { name: "-3", hours: null },
    { name: "@x", hours: undefined },
  ];
  expect(cellsOf({ columns, rows })).toEqual([
    ["Name", "Hours"],
    ["'=HYPERLINK(1)", 7.5],
    ["-3", null],
    ["'@x", null],
  ]);
});
