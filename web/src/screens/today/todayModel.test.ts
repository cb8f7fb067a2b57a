import { expect, test } from "vitest";
import { calledOut, intervalsOf, localMinute, openProposals, soFar } from "./todayModel";

const at = "2026-06-09T02:00:00Z";

test("queues are added, and service is weighed by their calls", () => {
  const line = (queue: string, calls: number, service_level: number) => ({
    ...{ timestamp: at, queue, calls, service_level, required: 5, rostered: 4, worth: null },
  });
  const forecast = [{ timestamp: at, queue: "a", mean: 40, q05: 30, q95: 50 }];
  const calls = [{ timestamp: "2026-06-09T10:00:00+08:00", queue: "a", offered: 44 }];
  const intervals = intervalsOf([line("a", 30, 0.9), line("b", 10, 0.5)], forecast, calls);
  expect(intervals).toHaveLength(1);
  expect(intervals[0]).toMatchObject({ required: 10, rostered: 8, service: 0.8, actual: 44, low: 30 });
  expect(soFar(intervals)).toEqual({ actual: 44, forecast: 40 });
});

test("who has not answered in time is told apart from who may still answer", () => {
  const asked = (agent: string, until: string) => ({ call_out: "c1", deed: "asked", agent, at, until });
  const started = { call_out: "c1", deed: "started", echelon: "E1", queue: "a", at };
  const steps = [started, asked("A1", at), asked("A2", "2026-06-09T04:00:00Z"), { ...asked("A3", at), deed: "accepted" }];
  const [one] = calledOut(steps, "2026-06-09T03:00:00Z");
  expect(Object.fromEntries(one?.members ?? [])).toEqual({ A1: "no_answer", A2: "asked", A3: "accepted" });
});

test("what was answered is no longer open", () => {
  const step = (proposal: string, deed: string) => ({ proposal, deed });
  expect(openProposals([step("p1", "proposed"), step("p2", "proposed"), step("p1", "declined")])).toEqual([step("p2", "proposed")]);
});

test("a minute is that of the centre", () => expect(localMinute(at, "Asia/Shanghai")).toBe("2026-06-09T10:00"));
