import { expect, test } from "vitest";
import { timeAxis } from "./timeAxis";

const clocks = ["00:00", "06:00", "12:00", "18:00"];
const walls = (days: string[]) => days.flatMap((day) => clocks.map((clock) => `${day} ${clock}`));

test("days are named once, at their first time", () => {
  const axis = timeAxis(walls(["2026-10-01", "2026-10-02", "2026-10-03"]), (day) => day.slice(5));
  expect(axis.data[1]).toBe("10-01 06:00");
  expect(axis.data.filter((_, k) => axis.axisLabel.interval(k))).toEqual(["10-01 00:00", "10-02 00:00", "10-03 00:00"]);
  expect(axis.axisLabel.formatter("", 4)).toBe("10-02");
});

test("of one day the hours are named, of days alone the days", () => {
  const axis = timeAxis(walls(["2026-10-01"]), (day) => day.slice(5));
  expect([axis.axisLabel.formatter("", 0), axis.axisLabel.formatter("", 1)]).toEqual(["10-01", "06:00"]);
  expect(timeAxis(["2026-10-01 00:00", "2026-10-02 00:00"], (day) => day).data).toEqual(["2026-10-01", "2026-10-02"]);
});
