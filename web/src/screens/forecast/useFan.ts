import { useMemo } from "react";
import { useZone } from "../../api/centreTold";
import { type Every, isMissing, lineOf, total, useSeries } from "../../api/series";
import type { Span } from "../../shared/SpanPicker";
import { dayOf, daysLater, wall } from "../../shared/zone";
import { alongAxis, type Fan, quantilesOf, stepOf } from "./fan";
import { type Layer, laid, linesOf } from "./layers";

export type FanAsked = {
  queue?: string | undefined;
  span?: Span | undefined;
  every: Every;
  version?: string | undefined;
  against?: string | undefined;
  /** Days before whose calls are shown too; 0 = none. */
  before: number;
  preview?: Layer | undefined;
};

/** Days that a forecast speaks of. */
export function useWhole(version: string | undefined) {
  const zone = useZone();
  const days = useSeries("forecast", { every: "day", version });
  const walls = days.data?.timestamps.map((at) => dayOf(wall(at, zone))) ?? [];
  const [from, to] = [walls[0], walls.at(-1)];
  const busiest = [...(days.data?.queues ?? [])].sort(
    (a, b) => total(lineOf(days.data, "mean", b)) - total(lineOf(days.data, "mean", a)),
  )[0];
  return { asked: days, whole: from && to ? { from, to } : undefined, queues: days.data?.queues ?? [], busiest };
}

/** Everything that the fan chart shows. */
export function useFan(asked: FanAsked) {
  const zone = useZone();
  const days = { from: asked.span?.from, to: asked.span?.to, every: asked.every };
  const ready = asked.span !== undefined;
  const forecast = useSeries("forecast", { ...days, version: asked.version }, ready);
  const against = useSeries("forecast", { ...days, version: asked.against }, ready && asked.against !== undefined);
  const calls = useSeries("calls", days, ready);
  const earlier = (day: string | undefined) => (day === undefined ? undefined : daysLater(day, -asked.before));
  const pastDays = { ...days, from: earlier(days.from), to: earlier(days.to) };
  const past = useSeries("calls", pastDays, ready && asked.before > 0);
  const { queue, before, preview } = asked;
  const fan = useMemo((): Fan | undefined => {
    if (forecast.data === undefined || queue === undefined) return undefined;
    const walls = forecast.data.timestamps.map((at) => wall(at, zone));
    const axis = { walls, step: stepOf(forecast.data.timestamps) };
    const at = (from: typeof calls.data, name: string, daysBefore = 0) =>
      alongAxis(from, lineOf(from, name, queue), zone, axis, daysBefore);
    const { timestamps } = forecast.data;
    const draft = preview && laid({ lines: linesOf(forecast.data), timestamps, zone }, preview);
    return {
      walls,
      timestamps,
      mean: lineOf(forecast.data, "mean", queue),
      handle: queue === "*" ? [] : lineOf(forecast.data, "handle_time_s", queue),
      quantiles: quantilesOf(forecast.data, queue),
      came: at(calls.data, "offered"),
      before: before > 0 ? at(past.data, "offered", before) : [],
      against: asked.against === undefined ? [] : at(against.data, "mean"),
      preview: draft ? lineOf({ ...forecast.data, values: { mean: Object.values(draft) } }, "mean", queue) : [],
    };
  }, [forecast.data, calls.data, past.data, against.data, asked.against, queue, before, preview, zone]);
  const wrong = [forecast, calls].find((one) => one.error && !isMissing(one.error));
  return { fan, forecast, wrong };
}
