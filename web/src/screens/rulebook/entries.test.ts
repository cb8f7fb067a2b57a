import { expect, test } from "vitest";
import { enforcedAt, entriesOf, fitting, liftedOn, type Rulebook } from "./entries";

const rule = { kind: "hours", numbers: {}, scope: {}, says: "says", says_zh: "内容", title: "", title_zh: "" };
const book = {
  strategies: [
    { id: "hours", order: 1, name: "Hours" },
    { id: "rest", order: 2, name: "Rest" },
  ],
  rules: [
    { ...rule, id: "a.rest", strategy: "rest", source: "Labour Law art. 38", title_zh: "每周休息", weight: null },
    { ...rule, id: "b.hours", strategy: "hours", source: "house choice", weight: 2, title: "Hours" },
  ],
  goals: [{ kind: "coverage", strategy: "", says: "cover", says_zh: "覆盖" }],
  derogations: [{ rule: "a.rest", first: "2026-07-01", last: "2026-07-03", approved_by: "m", reason: "r" }],
} as unknown as Rulebook;

test("entries stand in the order of the strategies, what has none behind them", () => {
  expect(entriesOf(book, "zh").map(({ id, force }) => [id, force])).toEqual([
    ["b.hours", "priced"],
    ["a.rest", "hard"],
    ["goals.coverage", "goal"],
  ]);
});

test("the unit of a breach is told of priced rules alone", () => {
  const told = (weight: number | null) =>
    entriesOf(
      { ...book, rules: [{ ...rule, weight, says: "At most 3 nights; each beyond counts 1." }] } as unknown as Rulebook,
      "en",
    );
  expect(told(null).find(({ force }) => force === "hard")?.says).toBe("At most 3 nights.");
  expect(told(2).find(({ force }) => force === "priced")?.says).toBe("At most 3 nights; each beyond counts 1.");
});

test("a filter looks at names, wording and sources", () => {
  const entries = entriesOf(book, "zh");
  const ids = (wanted: object) => fitting(entries, wanted).map(({ id }) => id);
  expect(ids({ text: "labour 38" })).toEqual(["a.rest"]);
  expect(ids({ text: "每周" })).toEqual(["a.rest"]);
  expect(ids({ force: "goal" })).toEqual(["goals.coverage"]);
  expect(ids({ strategy: "hours", text: "none" })).toEqual([]);
});

test("a derogation lifts on its days, both included", () => {
  const found = entriesOf(book, "en").find(({ id }) => id === "a.rest");
  expect(found && ["2026-06-30", "2026-07-01", "2026-07-03", "2026-07-04"].map((day) => liftedOn(found, day).length)).toEqual([
    0, 1, 1, 0,
  ]);
});

test("the last enforcement tells since when", () => {
  expect(
    enforcedAt([
      { deed: "enforced", at: "a" },
      { deed: "drafted", at: "b" },
    ]),
  ).toBe("a");
  expect(enforcedAt([])).toBeUndefined();
});
