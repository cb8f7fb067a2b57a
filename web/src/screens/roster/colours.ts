import type { Around } from "./rosterData";
import { DAY_OFF } from "./rosterModel";

/** Colours of shifts of a kind that have none of their own (light enough for black text). */
const BY_KIND: Record<string, string> = { early: "#fee391", day: "#a1d99b", late: "#9ecae1", night: "#bcbddc", split: "#fdd0a2" };
const LEAVE = "#e0e0e0";

/** Background of a code: the colour of its shift; leave is grey, a day off has none. */
export function colourOf(code: string, shifts: Around["shifts"]): string | undefined {
  if (code === DAY_OFF || code === "") return undefined;
  const row = shifts.get(code);
  if (row === undefined) return LEAVE;
  return String(row.colour ?? BY_KIND[String(row.kind)] ?? "#d9d9d9");
}
