import { useFacts } from "../../app/facts";
import { useTexts } from "../../app/preferences";
import { Page } from "../../shared/Page";
import { PathTabs } from "../../shared/PathTabs";
import { CallsTab } from "./CallsTab";
import { DrillsTab } from "./DrillsTab";
import { ReadinessTab } from "./ReadinessTab";
import { TEXTS } from "./texts";
import { WhatIfTab } from "./WhatIfTab";

const TABS = [
  ["readiness", ReadinessTab],
  ["calls", CallsTab],
  ["whatif", WhatIfTab],
  ["drills", DrillsTab],
] as const;

/** Reserves that are called in across projects: who is ready, who is called, what a scenario breaks, how drills went. */
export default function EchelonsPage() {
  const t = useTexts(TEXTS);
  const { zone } = useFacts();
  return (
    <Page title={t.title} lead={`${t.lead} ${zone}`}>
      <PathTabs screen="echelons" tabs={TABS.map(([key, Tab]) => ({ key, label: t[key], Tab }))} forget={["ask", "run", "queue"]} />
    </Page>
  );
}
