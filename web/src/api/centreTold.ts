import { useQuery } from "@tanstack/react-query";
import { useCentre } from "../app/centre";
import { usePreferences } from "../app/preferences";
import { ask, type Schemas } from "./client";

export type Queue = {
  id: string;
  name: string;
  name_zh?: string;
  channel?: "call" | "chat" | "deferred";
  shrinkage?: number;
  target?: Partial<Schemas["ServiceTarget"]>;
};
type Told = { zone: string; interval_minutes?: number; queues: Queue[] };

/** What centre.toml tells: zone, queues with their names and targets. */
export function useCentreTold() {
  const centre = useCentre();
  return useQuery({
    queryKey: ["documents", centre, "centre.toml"],
    queryFn: async (): Promise<Told> => (await ask(`/api/v1/centres/${encodeURIComponent(centre)}/documents/centre.toml`)).json(),
    staleTime: 60_000,
  });
}

/** Zone of the centre; UTC until it is known. */
export const useZone = (): string => useCentreTold().data?.zone ?? "UTC";

/** What a queue is called in the reader's language. */
export function useQueueName(): (id: string) => string {
  const { language } = usePreferences();
  const queues = useCentreTold().data?.queues ?? [];
  return (id) => {
    const found = queues.find((queue) => queue.id === id);
    return (language === "zh" && found?.name_zh) || found?.name || id;
  };
}
