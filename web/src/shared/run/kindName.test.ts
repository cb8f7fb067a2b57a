import { expect, test } from "vitest";
import { kindName } from "./kindName";

test("a kind is called by the words of its title in the reader's language", () => {
  const plan = { name: "plan", title: "Month plan 月计划: forecast, requirement and roster of the days from FIRST." };
  expect(kindName(plan, "zh")).toBe("月计划");
  expect(kindName(plan, "en")).toBe("Month plan");
  const listed = { name: "forecasts-list", title: "Versions of the forecast, oldest first." };
  expect(kindName(listed, "zh")).toBe("forecasts-list");
  expect(kindName(listed, "en")).toBe("Versions of the forecast, oldest first");
});
