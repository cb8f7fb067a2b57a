import type { Row } from "../../api/tables";

/** Why members cannot be called, in the order in which they are asked; as columns of the register. */
export const CAUSES = [
  "standby",
  "skill",
  "protection",
  "leave",
  "duty",
  "rest",
  "weekly_rest",
  "run",
  "overtime",
  "month_cap",
  "unreachable",
  "declined",
] as const;
export type Cause = (typeof CAUSES)[number];
export type Ready = { echelon: string; queue: string; members: number; able: number; causes: Record<Cause, number> };

const nobody = () => Object.fromEntries(CAUSES.map((cause) => [cause, 0])) as Record<Cause, number>;

/** The last count of who is ready, over all sites. */
export function readyOf(rows: Row[]): { at: string; ready: Ready[] } | undefined {
  const at = rows
    .map((row) => String(row.at))
    .sort()
    .at(-1);
  if (at === undefined) return undefined;
  const found = new Map<string, Ready>();
  for (const row of rows.filter((one) => one.at === at)) {
    const [echelon, queue] = [String(row.echelon), String(row.queue)];
    const key = `${echelon}/${queue}`;
    const sum = found.get(key) ?? { echelon, queue, members: 0, able: 0, causes: nobody() };
    sum.members += Number(row.members);
    sum.able += Number(row.able);
    for (const cause of CAUSES) sum.causes[cause] += Number(row[cause]);
    found.set(key, sum);
  }
  return { at, ready: [...found.values()] };
}

export type Struck = {
  time: string[];
  usual: number[];
  calls: number[];
  low: number[];
  high: number[];
  chanceUsual: number[];
  chance: number[];
  chanceHelped: number[];
};

/** One queue of a scenario that was played, interval by interval. */
export function struckOf(rows: Row[], queue: string): Struck {
  const mine = rows.filter((row) => row.queue === queue).sort((a, b) => String(a.timestamp).localeCompare(String(b.timestamp)));
  const column = (name: string) => mine.map((row) => Number(row[name]));
  return {
    time: mine.map((row) => String(row.timestamp)),
    usual: column("calls_usual"),
    calls: column("calls"),
    low: column("q10"),
    high: column("q90"),
    chanceUsual: column("chance_usual"),
    chance: column("chance"),
    chanceHelped: column("chance_with_echelons"),
  };
}

export type Broken = { queue: string; worst: string; short: number; lost: number };

/** Queues of a scenario with their widest gap, the worst first. */
export function brokenOf(rows: Row[]): Broken[] {
  const found = new Map<string, Broken>();
  for (const row of rows) {
    const queue = String(row.queue);
    const short = Number(row.required) - Number(row.on_phones);
    const was = found.get(queue) ?? { queue, worst: String(row.timestamp), short: Number.NEGATIVE_INFINITY, lost: 0 };
    was.lost += Number(row.lost_calls);
    found.set(queue, short > was.short ? { ...was, short, worst: String(row.timestamp) } : was);
  }
  return [...found.values()].sort((a, b) => b.short - a.short);
}
