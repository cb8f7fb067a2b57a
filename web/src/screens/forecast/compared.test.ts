import { expect, test } from "vitest";
import type { Matrix } from "../../api/series";
import { compared } from "./compared";

const matrix = (timestamps: string[], ...mean: number[][]): Matrix => ({
  zone: "UTC",
  every: "day",
  queues: ["a", "b"].slice(0, mean.length),
  timestamps,
  values: { mean },
});

test("what the machine and the planner changed is told apart, on common days", () => {
  const told = compared(
    {
      before: matrix(["1", "2"], [10, 20]),
      after: matrix(["2", "3"], [26, 30]),
      machineBefore: matrix(["1", "2"], [10, 19]),
      machineAfter: matrix(["2", "3"], [22, 30]),
    },
    "*",
  );
  expect(told.timestamps).toEqual(["1", "2", "3"]);
  expect(told.before).toEqual([10, 20, null]);
  expect(told.queues).toEqual([{ queue: "a", before: 20, after: 26, change: 6, machine: 3 }]);
});
