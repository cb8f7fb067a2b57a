import { useQuery } from "@tanstack/react-query";
import { useCentre } from "../app/centre";
import { ask, type Schemas } from "./client";

export type Named = { id: string; name?: string; name_zh?: string };
export type Queue = Named & {
  project?: string;
  channel?: "call" | "chat" | "deferred";
  shrinkage?: number;
  target?: Partial<Schemas["ServiceTarget"]>;
};
type Told = Named & {
  zone: string;
  interval_minutes?: number;
  queues: Queue[];
  projects?: Named[];
  sites?: Named[];
  regions?: Named[];
};

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
