import { useMemo } from "react";
import { $api } from "../api/client";
import { useCentre } from "./centre";
import { usePreferences } from "./preferences";

type Named = { id: string; name?: string; name_zh?: string };
export type Queue = Named & { project?: string; target?: { service_level?: number; threshold_s?: number } };
type Told = {
  zone: string;
  interval_minutes: number;
  queues?: Queue[];
  projects?: Named[];
  sites?: Named[];
  regions?: Named[];
} & Named;

/** What a centre is: its zone, its queues, projects and sites with their names in the reader's language. */
export function useFacts() {
  const centre = useCentre();
  const { language } = usePreferences();
  const params = { path: { centre, path: "centre.toml" } };
  const asked = $api.useQuery("get", "/api/v1/centres/{centre}/documents/{path}", { params }, { staleTime: 600_000 });
  return useMemo(() => {
    const told = (asked.data ?? { id: centre, zone: "UTC", interval_minutes: 30 }) as unknown as Told;
    const named = [...(told.queues ?? []), ...(told.projects ?? []), ...(told.sites ?? []), ...(told.regions ?? [])];
    const names = new Map(named.map((one) => [one.id, (language === "zh" ? one.name_zh : one.name) || one.name || one.id]));
    return {
      zone: told.zone,
      minutes: told.interval_minutes,
      queues: told.queues ?? [],
      projects: told.projects ?? [],
      sites: told.sites ?? [],
      name: (language === "zh" ? told.name_zh : told.name) || told.id,
      /** Name of a queue, project, site or region. */
      nameOf: (id: string) => names.get(id) ?? id,
    };
  }, [asked.data, centre, language]);
}
