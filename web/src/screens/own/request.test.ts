import { expect, test } from "vitest";
import { requestOf } from "./request";

const at = "2026-06-01T08:00:00Z";

test("a leave of one day ends when it begins", () => {
  expect(requestOf({ kind: "leave", first: "2026-06-20" }, "A1", "r1", at)).toMatchObject({
    kind: "leave",
    agent: "A1",
    first: "2026-06-20",
    last: "2026-06-20",
    code: "AL",
  });
});

test("a swap names the other one and the days", () => {
  const told = requestOf({ kind: "swap", other: "A2", days: ["2026-06-20"] }, "A1", "r1", at);
  expect(told).toMatchObject({ kind: "swap", other: "A2", days: ["2026-06-20"], made_at: at });
});
