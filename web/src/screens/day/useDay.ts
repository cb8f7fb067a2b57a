import { useQuery } from "@tanstack/react-query";
import { useCentreTold } from "../../api/centreTold";
import { api, type Schemas } from "../../api/client";
import { type CoverageLine, useLines } from "../../api/series";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { dayAfter } from "../../shared/operatingDay";

export type Person = { agent: string; name: string; team: string; skills: string[] };

/** Everything a day chart shows: shifts of the day and the night before, people, tasks, coverage. */
export function useDay(version: string | undefined, day: string) {
  const centre = useCentre();
  const settings = useCentreTold();
  const staff = useRows(centre, "staff");
  const shifts = useRows(centre, "shifts");
  const placements = useRows(centre, "placements");
  const days = useQuery({
    queryKey: ["roster-days", centre, version, day],
    enabled: version !== undefined,
    queryFn: async () => {
      const found: Schemas["DayOut"][] = [];
      let after: string | null | undefined;
      while (after !== null) {
        const query = { from: dayAfter(day, -1), to: day, limit: 1000, ...(after && { after }) };
        const { data } = await api.GET("/api/v1/centres/{centre}/rosters/{version}/days", {
          params: { path: { centre, version: version ?? "" }, query },
        });
        found.push(...(data?.items ?? []));
        after = data?.next ?? null;
      }
      return found;
    },
  });
  const coverage = useLines<CoverageLine>(centre, "coverage", { from: day, to: dayAfter(day) });
  const people = (staff.data ?? []).map(({ row }) => row as Person);
  return { settings, people, shifts, placements, days, coverage };
}
