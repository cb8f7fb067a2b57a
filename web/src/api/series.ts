import { useQuery } from "@tanstack/react-query";
import { ask, type Schemas } from "./client";

export type CoverageLine = Schemas["CoverageLine"];
export type Series<Line> = { zone: string; items: Line[]; next: string | null };

/** A series of the centre over some days, every line of it. */
export function useSeries<Line>(centre: string, name: "calls" | "coverage" | "forecast", filter: Record<string, string>) {
  return useQuery({
    queryKey: ["series", centre, name, filter],
    queryFn: async () => {
      const lines: Line[] = [];
      let after: string | null = "";
      while (after !== null) {
        const query = new URLSearchParams({ limit: "10000", ...filter, ...(after && { after }) });
        const answer: Response = await ask(`/api/v1/centres/${encodeURIComponent(centre)}/series/${name}?${query}`);
        const page: Series<Line> = await answer.json();
        lines.push(...page.items);
        after = page.next;
      }
      return lines;
    },
  });
}
