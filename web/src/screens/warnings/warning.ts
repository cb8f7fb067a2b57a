import type { Entry, Row } from "../../api/tables";
import { heightOf } from "../../shared/Level";

/** A warning with the steps that were taken with it. */
export type Warning = { key: string; id: string; row: Row; steps: Row[]; state: WarningState };
export type WarningState = "open" | "acknowledged" | "closed" | "reviewed";

const AFTER: Record<string, WarningState> = {
  acknowledged: "acknowledged",
  closed: "closed",
  expired: "closed",
  reviewed: "reviewed",
};

/** Warnings with their steps, the highest level first and then the earliest. */
export function warningsOf(rows: Entry[], steps: Entry[]): Warning[] {
  const found = rows.map(({ key, row }) => {
    const id = String(row.id ?? key);
    const taken = steps.filter((step) => step.row.warning === id).map((step) => step.row);
    return { key, id, row, steps: taken, state: stateOf(taken) };
  });
  return found.sort(
    (a, b) => heightOf(b.row.level) - heightOf(a.row.level) || String(a.row.start).localeCompare(String(b.row.start)),
  );
}

export function stateOf(steps: Row[]): WarningState {
  return steps.reduce<WarningState>((state, step) => AFTER[String(step.deed)] ?? (step.deed === "raised" ? "open" : state), "open");
}

/** What still helps, and until when: `overtime=2026-06-01T10:00+08:00;…`, the soonest to lapse first. */
export function remediesOf(row: Row): { remedy: string; until: string }[] {
  return String(row.remedies ?? "")
    .split(";")
    .map((part) => part.split("="))
    .flatMap(([remedy, until]) => (remedy && until ? [{ remedy, until }] : []))
    .sort((a, b) => Date.parse(a.until) - Date.parse(b.until));
}

const HOUR = 3600_000;

export const CAUSES = ["volume", "handle_time", "absence", "leave", "skill_mix", "planned"] as const;
export type Cause = (typeof CAUSES)[number];

/** Agents missing by cause: shares that add up to all that are missing. */
export function causesOf(row: Row): { cause: Cause; agents: number }[] {
  return CAUSES.flatMap((cause) => {
    const agents = row[`missing_by_${cause}`];
    return typeof agents === "number" && Math.abs(agents) > 0.05 ? [{ cause, agents }] : [];
  });
}

/** Days (ISO, of a zone) that a warning touches, at most `most`. */
export function daysOf(row: Row, zone: string, most = 62): string[] {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
  const days = new Set<string>();
  for (let at = Date.parse(String(row.start)); at < Date.parse(String(row.end)) && days.size < most; at += HOUR)
    days.add(day.format(at));
  return [...days];
}
