import dayjs from "dayjs";
import { useCentreTold } from "../../api/centreTold";
import { type CoverageLine, useLines } from "../../api/series";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { type CallsLine, type ForecastLine, intervalsOf } from "./todayModel";

export type Warning = { key: string; queue: string; level: string; start: string; end: string; chance: number } & Record<
  string,
  unknown
>;

/** What the board of a day shows, of one queue or of all. */
export function useToday(day: string, queue: string | null) {
  const centre = useCentre();
  const settings = useCentreTold();
  const span = { from: day, to: day };
  const coverage = useLines<CoverageLine>(centre, "coverage", span);
  const forecast = useLines<ForecastLine>(centre, "forecast", span);
  const calls = useLines<CallsLine>(centre, "calls", span);
  const live = useRows(centre, "live");
  const warnings = useRows(centre, "warnings");
  const mine = <L extends { queue: string }>(lines: L[] | undefined) =>
    (lines ?? []).filter((line) => !queue || line.queue === queue);
  const lines = coverage.data;
  const inDay = new Set((lines ?? []).map((line) => Date.parse(line.timestamp)));
  const told = (live.data ?? []).map(({ row }) => row as CallsLine).filter((line) => inDay.has(Date.parse(line.timestamp)));
  const named = new Set(told.map((line) => `${Date.parse(line.timestamp)} ${line.queue}`));
  const past = (calls.data ?? []).filter((line) => !named.has(`${Date.parse(line.timestamp)} ${line.queue}`));
  const intervals = intervalsOf(mine(lines), mine(forecast.data), mine([...past, ...told]));
  const first = intervals[0]?.at;
  const end = first === undefined ? undefined : dayjs(first).add(1, "day").toISOString();
  const all = (warnings.data ?? []).map(({ key, row }) => ({ ...row, key }) as Warning);
  const open = all.filter(
    (one) =>
      first !== undefined &&
      end !== undefined &&
      Date.parse(one.start) < Date.parse(end) &&
      Date.parse(one.end) > Date.parse(first),
  );
  return {
    coverage,
    intervals,
    queues: [...new Set((lines ?? []).map((line) => line.queue))],
    warnings: mine(open),
    zone: settings.data?.zone,
  };
}
