import { dayOf, daysLater, wall } from "../../shared/zone";

export type Happening<Kind> = { kind: Kind; title: string; queue: string; start: string; end: string };
export type OfDay<Kind> = { kind: Kind; title: string; queues: string[] };

/** What happens on each day of a zone within some days; alike ones of several queues are told once. */
export function happeningsByDay<Kind>(
  all: Happening<Kind>[],
  zone: string,
  shown: { from: string; to: string },
): Map<string, OfDay<Kind>[]> {
  const found = new Map<string, OfDay<Kind>[]>();
  for (const one of all) {
    if (Number.isNaN(Date.parse(one.start)) || Number.isNaN(Date.parse(one.end))) continue;
    const last = dayOf(wall(Date.parse(one.end) - 1, zone));
    let day = dayOf(wall(one.start, zone));
    if (day < shown.from) day = shown.from;
    for (; day <= last && day <= shown.to; day = daysLater(day, 1)) {
      const there = found.get(day) ?? [];
      const alike = there.find((other) => other.kind === one.kind && other.title === one.title);
      if (alike === undefined) there.push({ kind: one.kind, title: one.title, queues: [one.queue] });
      else if (!alike.queues.includes(one.queue)) alike.queues.push(one.queue);
      found.set(day, there);
    }
  }
  return found;
}
