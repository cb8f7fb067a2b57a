import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { $api, ask, type Schemas } from "../../api/client";
import { type Row, useRows } from "../../api/tables";

export type Version = Schemas["VersionOut"];
export type Verdict = Schemas["VerdictOut"];

const FOREVER = { staleTime: Number.POSITIVE_INFINITY };

/** A version with the tag that a change of its state must name. */
export function useVersion(centre: string, version: string) {
  return useQuery({
    queryKey: ["version", centre, version],
    queryFn: async () => {
      const answer = await ask(`/api/v1/centres/${centre}/rosters/${version}`);
      return { ...((await answer.json()) as Version), tag: (answer.headers.get("ETag") ?? "").replaceAll('"', "") };
    },
  });
}

export function useMatrix(centre: string, version: string) {
  const params = { path: { centre, version } };
  return $api.useQuery("get", "/api/v1/centres/{centre}/rosters/{version}/matrix", { params }, FOREVER);
}

export function useVerdict(centre: string, version: string) {
  const params = { path: { centre, version } };
  return $api.useQuery("get", "/api/v1/centres/{centre}/rosters/{version}/verdict", { params }, FOREVER);
}

export function useCover(centre: string, version: string) {
  const params = { path: { centre, version } };
  return $api.useQuery("get", "/api/v1/centres/{centre}/rosters/{version}/coverage", { params }, FOREVER);
}

/** Days that a version has unlike its parent, as `agent day` -> code before. */
export function useDifferences(centre: string, version: string, since?: string) {
  return useQuery({
    queryKey: ["differences", centre, version, since],
    ...FOREVER,
    retry: false,
    queryFn: async () => {
      const found: Schemas["DifferenceOut"][] = [];
      let after: string | null | undefined;
      while (after !== null && found.length < 20_000) {
        const query = new URLSearchParams({ limit: "1000", ...(after && { after }), ...(since && { since }) });
        const page = await (await ask(`/api/v1/centres/${centre}/rosters/${version}/differences?${query}`)).json();
        found.push(...page.items);
        after = page.next;
      }
      return found;
    },
  });
}

const byKey = (rows: { row: Row }[] | undefined, key: (row: Row) => string) =>
  new Map((rows ?? []).map(({ row }) => [key(row), row]));

/** What is known of agents and shifts beside the roster: names, teams, wishes, colours, balances. */
export function useAround(centre: string) {
  const staff = useRows(centre, "staff");
  const shifts = useRows(centre, "shifts");
  const wishes = useRows(centre, "wishes");
  const balances = useRows(centre, "balances-carried");
  return useMemo(
    () => ({
      staff: byKey(staff.data, (row) => String(row.agent)),
      shifts: byKey(shifts.data, (row) => String(row.code)),
      wishes: byKey(wishes.data, (row) => `${row.agent} ${row.day}`),
      balances: byKey(balances.data, (row) => String(row.agent)),
    }),
    [staff.data, shifts.data, wishes.data, balances.data],
  );
}

export type Around = ReturnType<typeof useAround>;

/** Paid minutes of each shift. */
export function paidMinutes(shifts: Around["shifts"]): Map<string, number> {
  return new Map([...shifts].map(([code, row]) => [code, Number(row.minutes ?? 0) - Number(row.meal_minutes ?? 0)]));
}
