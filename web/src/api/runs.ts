import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { $api, ask, changing, type Schemas } from "./client";

export type Run = Schemas["RunOut"];
export type RunKind = Schemas["RunKind"];

export const hasEnded = (run: Run) => run.state !== "queued" && run.state !== "running";

const path = (centre: string) => `/api/v1/centres/${encodeURIComponent(centre)}/runs`;

/** Ask for a run; asked for twice with one key it is one run. */
export async function submitRun(centre: string, kind: string, params: object): Promise<Run> {
  const { headers, body } = changing(params);
  const told = { ...headers, "Idempotency-Key": crypto.randomUUID() };
  return (await ask(`${path(centre)}/${kind}`, { method: "POST", body, headers: told })).json();
}

/** Submit runs of a centre; its lists are read anew. */
export function useSubmit(centre: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, params }: { kind: string; params: object }) => submitRun(centre, kind, params),
    onSuccess: () => client.invalidateQueries({ queryKey: ["get", "/api/v1/centres/{centre}/runs"] }),
  });
}

/** A run as it goes on: told by server-sent events until it ends; then everything shown is read anew. */
export function useRun(centre: string, id: string | undefined): Run | undefined {
  const client = useQueryClient();
  const [told, setTold] = useState<Run>();
  const params = { path: { centre, run: id ?? "" } };
  const first = $api.useQuery("get", "/api/v1/centres/{centre}/runs/{run}", { params }, { enabled: id !== undefined });
  const going = first.data !== undefined && !hasEnded(first.data);
  useEffect(() => {
    setTold(undefined);
    if (id === undefined || !going) return;
    const source = new EventSource(`${path(centre)}/${id}/events`);
    const read = (event: MessageEvent<string>) => setTold(JSON.parse(event.data));
    const end = (event: MessageEvent<string>) => {
      read(event);
      source.close();
      client.invalidateQueries();
    };
    source.addEventListener("progress", read);
    source.addEventListener("end", end);
    return () => source.close();
  }, [centre, id, going, client]);
  return told ?? first.data;
}
