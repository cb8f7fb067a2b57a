import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask, changing } from "./client";
import columns from "./rows.json";

export type Row = Record<string, unknown>;
export type Entry = { key: string; version: number; row: Row };
export type Page = { items: Entry[]; next: string | null };
export type Column = {
  type?: string;
  format?: string;
  enum?: string[];
  anyOf?: { type: string; format?: string; enum?: string[] }[];
  description?: string;
};
export type TableName = keyof typeof columns;
export type Filter = Record<string, string | number | undefined>;

export const COLUMNS = columns as unknown as Record<TableName, Record<string, Column>>;

const path = (centre: string, table: string) => `/api/v1/centres/${encodeURIComponent(centre)}/tables/${table}`;

function queried(filter: Filter): string {
  const told = Object.entries(filter).filter(([, value]) => value !== undefined && value !== "");
  return new URLSearchParams(told.map(([name, value]) => [name, String(value)])).toString();
}

/** Every row of a small table (up to `most`), page by page. */
export async function allRows(centre: string, table: TableName, filter: Filter = {}, most = 20000): Promise<Entry[]> {
  const found: Entry[] = [];
  let after: string | null | undefined;
  while (after !== null && found.length < most) {
    const page: Page = await (await ask(`${path(centre, table)}?${queried({ limit: 1000, ...filter, after })}`)).json();
    found.push(...page.items);
    after = page.next;
  }
  return found;
}

/** Rows of a small table, read whole. */
export function useRows(centre: string, table: TableName, filter: Filter = {}) {
  return useQuery({
    queryKey: ["tables", centre, table, "all", filter],
    queryFn: () => allRows(centre, table, filter),
    placeholderData: keepPreviousData,
  });
}

/** Rows of a table of any size, a page at a time. */
export function usePages(centre: string, table: TableName, filter: Filter = {}) {
  return useInfiniteQuery({
    queryKey: ["tables", centre, table, "pages", filter],
    queryFn: async ({ pageParam }): Promise<Page> =>
      (await ask(`${path(centre, table)}?${queried({ limit: 200, ...filter, after: pageParam })}`)).json(),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export type RowChange =
  | { kind: "add"; row: Row }
  | { kind: "change"; key: string; version: number; row: Row }
  | { kind: "remove"; key: string; version: number };

/** Add, change or remove one row; a change names the version that was read. */
export function useRowChange(centre: string, table: TableName) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: RowChange) => {
      if (change.kind === "add") return ask(path(centre, table), { method: "POST", ...changing(change.row) });
      const place = `${path(centre, table)}/rows/${encodeURIComponent(change.key)}`;
      const method = change.kind === "change" ? "PATCH" : "DELETE";
      return ask(place, { method, ...changing(change.kind === "change" ? change.row : undefined, `"${change.version}"`) });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["tables", centre, table] }),
  });
}
