import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/client";
import { useCentre } from "../../app/centre";

export type Version = {
  version: string;
  parent: string;
  origin: string;
  parameters: Record<string, string>;
  history_sha256: string;
  calendar_status: "announced" | "provisional";
  overrides: { id: string; author: string; reason: string }[];
  author: string;
  reason: string;
};

export type LeadScore = {
  queue: string;
  lead: string;
  count: number;
  calls: number;
  wape: number;
  wape_floor: number;
  bias: number;
  coverage50: number;
  coverage80: number;
  coverage95: number;
  pit: number[];
};
export type BackTest = { origins: string[]; scores: LeadScore[]; reason: string; reason_zh: string };

const RECORD = /^forecasts\/v\d+\.json$/;

/** Versions of the forecast, newest first, and which of them have a back-test. */
export function useVersions() {
  const centre = useCentre();
  const path = `/api/v1/centres/${encodeURIComponent(centre)}/documents`;
  return useQuery({
    queryKey: ["documents", centre, "forecasts"],
    queryFn: async () => {
      const documents: { path: string }[] = await (await ask(path)).json();
      const paths = documents.map((one) => one.path);
      const records = paths.filter((one) => RECORD.test(one)).map(async (one) => (await ask(`${path}/${one}`)).json());
      const versions: Version[] = await Promise.all(records);
      versions.sort((a, b) => b.version.localeCompare(a.version, undefined, { numeric: true }));
      const judged = versions.map((one) => one.version).filter((one) => paths.includes(`forecasts/${one}/backtest.json`));
      return { versions, judged };
    },
  });
}

/** How good forecasts like a version would have been. */
export function useBackTest(version: string | undefined) {
  const centre = useCentre();
  return useQuery({
    queryKey: ["documents", centre, "forecasts", version, "backtest"],
    queryFn: async (): Promise<BackTest> =>
      (await ask(`/api/v1/centres/${encodeURIComponent(centre)}/documents/forecasts/${version}/backtest.json`)).json(),
    enabled: version !== undefined,
  });
}
