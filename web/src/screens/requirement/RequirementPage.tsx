import { isMissing } from "../../api/series";
import { texts, useTexts } from "../../app/preferences";
import { Loaded, Nothing } from "../../shared/Loaded";
import { Page } from "../../shared/Page";
import { PathTabs } from "../../shared/PathTabs";
import { RunButton } from "../../shared/run/RunButton";
import { CoverageTab } from "./CoverageTab";
import { CurvesTab } from "./CurvesTab";
import { FormulaPanel } from "./FormulaPanel";
import { HeatTab } from "./HeatTab";
import { useRequirement } from "./useRequirement";
import { WhatIfTab } from "./WhatIfTab";

const TEXTS = texts(
  {
    title: "人力需求",
    lead: "每个队列、每个时段要多少坐席，以及这个数字怎么来的：点任何数字即可看公式。",
    curves: "需求曲线",
    heat: "需求热力图",
    coverage: "班表覆盖",
    whatif: "目标推演",
    run: "重新计算需求",
    none: "还没有人力需求：先做话务预测，再点右上角“重新计算需求”。",
  },
  {
    title: "Requirement",
    lead: "Agents needed by queue and interval, and how each number came about: click on any to see its formula.",
    curves: "Curves",
    heat: "Heat map",
    coverage: "Coverage of the roster",
    whatif: "Other targets",
    run: "Compute again",
    none: "There is no requirement yet: forecast first, then press “Compute again” above.",
  },
);
const TABS = [
  ["curves", CurvesTab],
  ["heat", HeatTab],
  ["coverage", CoverageTab],
  ["whatif", WhatIfTab],
] as const;

/** Agents needed: curves, heat maps, coverage by the roster in force, other targets, and the formula behind any number. */
export default function RequirementPage() {
  const t = useTexts(TEXTS);
  const { asked } = useRequirement();
  const tabs = TABS.map(([key, Tab]) => ({ key, label: t[key], Tab }));
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={<RunButton kind="require" label={t.run} first={["model", "load", "load_model"]} primary />}
    >
      {isMissing(asked.error) ? (
        <Nothing why={t.none} />
      ) : (
        <Loaded asked={asked}>{() => <PathTabs screen="requirement" tabs={tabs} forget={["formula"]} />}</Loaded>
      )}
      <FormulaPanel />
    </Page>
  );
}
