import { useMemo } from "react";
import { useCentreTold } from "../api/centreTold";
import { useCentre } from "./centre";
import { usePreferences } from "./preferences";

/** What a centre is: its zone, its queues, projects and sites with their names in the reader's language. */
export function useFacts() {
  const centre = useCentre();
  const { language } = usePreferences();
  const asked = useCentreTold();
  return useMemo(() => {
    const told = asked.data ?? { id: centre, zone: "UTC", queues: [] };
    const named = [...told.queues, ...(told.projects ?? []), ...(told.sites ?? []), ...(told.regions ?? [])];
    const names = new Map(named.map((one) => [one.id, (language === "zh" ? one.name_zh : one.name) || one.name || one.id]));
    return {
      zone: told.zone,
      minutes: told.interval_minutes ?? 30,
      queues: told.queues,
      projects: told.projects ?? [],
      sites: told.sites ?? [],
      name: (language === "zh" ? told.name_zh : told.name) || told.id,
      /** Name of a queue, project, site or region. */
      nameOf: (id: string) => names.get(id) ?? id,
    };
  }, [asked.data, centre, language]);
}

/** What a queue, project, site or region is called in the reader's language. */
export const useNameOf = (): ((id: string) => string) => useFacts().nameOf;
