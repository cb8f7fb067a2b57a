import { useZone } from "../../api/centreTold";
import { ALL, lineOf, total, useSeries } from "../../api/series";
import type { Span } from "../../shared/SpanPicker";
import { useAddress } from "../../shared/useAddress";
import { dayOf, daysLater, wall } from "../../shared/zone";

export const MEASURES = ["heads", "on_phone", "calls"] as const;
export type Measure = (typeof MEASURES)[number];

/** Days and queues of the requirement, and what the address asks of it. */
export function useRequirement() {
  const zone = useZone();
  const [address, ask] = useAddress();
  const asked = useSeries("requirement", { every: "day" });
  const days = (asked.data?.timestamps ?? []).map((at) => dayOf(wall(at, zone)));
  const [first, last] = [days[0], days.at(-1)];
  const whole: Span | undefined = first && last ? { from: first, to: last } : undefined;
  const [from, to] = [address("from"), address("to")];
  const week = whole && { from: whole.from, to: [whole.to, daysLater(whole.from, 6)].sort()[0] ?? whole.to };
  const queues = asked.data?.queues ?? [];
  const busiest = [...queues].sort((a, b) => total(lineOf(asked.data, "heads", b)) - total(lineOf(asked.data, "heads", a)))[0];
  const given = address("queue");
  return {
    asked,
    zone,
    whole,
    week: from && to ? { from, to } : week,
    month: from && to ? { from, to } : whole,
    queues,
    queue: given ?? busiest ?? ALL,
    /** All queues unless one is asked for. */
    chosen: given ?? ALL,
    /** One queue, whatever is asked for. */
    one: given !== undefined && given !== ALL ? given : (busiest ?? ""),
    measure: MEASURES.find((one) => one === address("measure")) ?? "heads",
    day: address("day"),
    ask,
    openFormula: (queue: string, at: string | undefined) => at !== undefined && ask({ formula: `${queue}@${at}` }),
  };
}
