import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCentre } from "../app/centre";
import { ApiError, ask, type Schemas } from "./client";

export type Matrix = Schemas["Matrix"];
export type SeriesKind = "calls" | "forecast" | "requirement" | "coverage";
export type Every = "interval" | "hour" | "day";
export type Line = (number | null)[];
export type SeriesAsked = {
  from?: string | undefined;
  to?: string | undefined;
  every?: Every;
  version?: string | undefined;
  layer?: "published" | "machine";
};

/** A series of a centre as a matrix of queues by time. */
export function useSeries(kind: SeriesKind, asked: SeriesAsked, enabled = true) {
  const centre = useCentre();
  const told = Object.entries(asked).filter((one): one is [string, string] => one[1] !== undefined && one[1] !== "");
  const query = new URLSearchParams([["form", "matrix"], ...told]);
  return useQuery({
    queryKey: ["series", centre, kind, asked],
    queryFn: async (): Promise<Matrix> =>
      (await ask(`/api/v1/centres/${encodeURIComponent(centre)}/series/${kind}?${query}`)).json(),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    enabled,
  });
}

/** Whether it is only that nothing was made yet. */
export const isMissing = (error: unknown) => error instanceof ApiError && error.problem.status === 404;

/** Values of a queue; of all queues together, their sum where any is known. */
export function lineOf(matrix: Matrix | undefined, name: string, queue: string): Line {
  const rows = matrix?.values[name] ?? [];
  if (queue !== ALL) return rows[matrix?.queues.indexOf(queue) ?? -1] ?? [];
  return (matrix?.timestamps ?? []).map((_, k) => {
    const known = rows.map((row) => row[k]).filter((value) => typeof value === "number");
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
  });
}

/** All queues together. */
export const ALL = "*";

export const total = (line: Line) => line.reduce<number>((sum, value) => sum + (value ?? 0), 0);

export type CoverageLine = Schemas["CoverageLine"];
type Lines<One> = { zone: string; items: One[]; next: string | null };

/** A series of a centre over some days as lines, every one of them. */
export function useLines<One>(centre: string, name: "calls" | "coverage" | "forecast", filter: Record<string, string>) {
  return useQuery({
    queryKey: ["series", centre, name, filter],
    queryFn: async () => {
      const lines: One[] = [];
      let after: string | null = "";
      while (after !== null) {
        const query = new URLSearchParams({ limit: "10000", ...filter, ...(after && { after }) });
        const answer: Response = await ask(`/api/v1/centres/${encodeURIComponent(centre)}/series/${name}?${query}`);
        const page: Lines<One> = await answer.json();
        lines.push(...page.items);
        after = page.next;
      }
      return lines;
    },
  });
}
