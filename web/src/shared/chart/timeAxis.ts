import { clockOf, dayOf } from "../zone";

const MOST_DAYS = 14; // days named under a chart before only every second, third ... is (house choice)

/** An axis of local times of a centre: days are named at their midnight, of one or two days the hours. */
export function timeAxis(walls: string[], day: (day: string) => string) {
  const days = [...new Set(walls.map(dayOf))];
  const step = Math.ceil(days.length / MOST_DAYS);
  const order = new Map(days.map((one, k) => [one, k]));
  const at = (k: number) => walls[k] ?? "";
  const hours = days.length <= 2;
  const named = (k: number) =>
    hours
      ? at(k).endsWith(":00") && Number(clockOf(at(k)).slice(0, 2)) % (2 * days.length) === 0
      : dayOf(at(k - 1)) !== dayOf(at(k)) && (order.get(dayOf(at(k))) ?? 0) % step === 0;
  const midnight = (k: number) => clockOf(at(k)) === "00:00";
  return {
    type: "category" as const,
    data: walls.map((one) => (days.length === walls.length ? day(dayOf(one)) : `${day(dayOf(one))} ${clockOf(one)}`)),
    axisLabel: {
      interval: (k: number) => named(k),
      formatter: (_: string, k: number) => (hours && !midnight(k) ? clockOf(at(k)) : day(dayOf(at(k)))),
      hideOverlap: true,
    },
    axisTick: { interval: (k: number) => named(k) },
  };
}
