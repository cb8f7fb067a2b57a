const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const told = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
  const found = formats.get(timeZone) ?? new Intl.DateTimeFormat("sv-SE", { ...told, timeZone });
  formats.set(timeZone, found);
  return found;
}

/** Local date and time of an instant in a zone: `2026-10-05 08:30`. */
export const wall = (at: string | number, zone: string): string => formatOf(zone).format(new Date(at));

export const dayOf = (walled: string): string => walled.slice(0, 10);
export const clockOf = (walled: string): string => walled.slice(11, 16);

/** The same time of day, some days later; before if negative. */
export function daysLater(walled: string, days: number): string {
  const moved = new Date(Date.parse(`${walled.replace(" ", "T")}${walled.length > 10 ? "Z" : "T00:00Z"}`) + days * 86_400_000);
  return moved.toISOString().slice(0, walled.length).replace("T", " ");
}

/** The instant of a local date and time of a zone, with its offset: `2026-10-05T08:30:00+08:00`. */
export function instantOf(walled: string, zone: string): string {
  const asUtc = Date.parse(`${walled.replace(" ", "T")}Z`);
  const offsetAt = (at: number) => Date.parse(`${wall(at, zone).replace(" ", "T")}Z`) - Math.floor(at / 60_000) * 60_000;
  const offset = offsetAt(asUtc - offsetAt(asUtc)) / 60_000;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const sign = offset < 0 ? "-" : "+";
  return `${walled.replace(" ", "T")}:00${sign}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
}
