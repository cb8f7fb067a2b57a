import type { Schemas } from "../../api/client";

type Line = Schemas["CoverageOut"];
export type DayCover = { required: number; rostered: number; service: number | null };

/** Cover of each day (of the centre's zone): agent-hours required and rostered, and the service that calls meet on average. */
export function daysCovered(items: Line[], days: string[], minutes: number, zone: string, queue?: string): DayCover[] {
  const place = new Map(days.map((day, k) => [day, k]));
  const sums = days.map(() => ({ required: 0, rostered: 0, met: 0, calls: 0 }));
  const dayOf = dayIn(zone);
  for (const line of items) {
    if (queue !== undefined && line.queue !== queue) continue;
    const sum = sums[place.get(dayOf(line.timestamp)) ?? -1];
    if (sum === undefined) continue;
    sum.required += (line.required * minutes) / 60;
    sum.rostered += (line.rostered * minutes) / 60;
    if (line.service_level != null) {
      sum.met += line.service_level * line.calls;
      sum.calls += line.calls;
    }
  }
  return sums.map(({ required, rostered, met, calls }) => ({ required, rostered, service: calls > 0 ? met / calls : null }));
}

/** The day of an instant in a zone; days of a few thousand instants are asked for, so each is told once. */
function dayIn(zone: string): (at: string) => string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
  const known = new Map<string, string>();
  return (at) => {
    let day = known.get(at);
    if (day === undefined) {
      day = format.format(new Date(at));
      known.set(at, day);
    }
    return day;
  };
}
