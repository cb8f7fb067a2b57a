import { Button, Drawer, Tabs } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { isMissing } from "../../api/series";
import { useCentre } from "../../app/centre";
import { texts, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Loaded, Nothing } from "../../shared/Loaded";
import { Page } from "../../shared/Page";
import { RunForm } from "../../shared/run/RunForm";
import { RunProgress } from "../../shared/run/RunProgress";
import { useAddress } from "../../shared/useAddress";
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
const TABS = { curves: CurvesTab, heat: HeatTab, coverage: CoverageTab, whatif: WhatIfTab };
type TabName = keyof typeof TABS;
const isTab = (name: string): name is TabName => name in TABS;

/** Agents needed: curves, heat maps, coverage by the roster in force, other targets, and the formula behind any number. */
export default function RequirementPage() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const navigate = useNavigate();
  const told = useParams()["*"] ?? "";
  const open = isTab(told) ? told : "curves";
  const [address, ask] = useAddress();
  const [asking, setAsking] = useState(false);
  const run = address("run");
  const mayRun = useMay("runs:write");
  const { asked } = useRequirement();
  const items = Object.keys(TABS)
    .filter(isTab)
    .map((name) => {
      const Tab = TABS[name];
      return {
        key: name,
        label: t[name],
        children: (
          <div className="stack">
            <h2 className="unseen">{t[name]}</h2>
            <Tab />
          </div>
        ),
      };
    });
  const to = (name: string) => {
    const kept = new URLSearchParams(window.location.search);
    kept.delete("formula");
    navigate(`/c/${centre}/requirement${name === "curves" ? "" : `/${name}`}?${kept}`);
  };
  const close = () => {
    setAsking(false);
    ask({ run: undefined });
  };
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={
        mayRun && (
          <Button type="primary" onClick={() => setAsking(true)}>
            {t.run}
          </Button>
        )
      }
    >
      {isMissing(asked.error) ? (
        <Nothing why={t.none} />
      ) : (
        <Loaded asked={asked}>{() => <Tabs activeKey={open} items={items} destroyOnHidden onChange={to} />}</Loaded>
      )}
      <FormulaPanel />
      <Drawer title={t.run} open={asking || run !== undefined} onClose={close} size={440} destroyOnHidden>
        {run === undefined ? (
          <RunForm kind="require" first={["model", "load", "load_model"]} onSubmitted={(made) => ask({ run: made.id })} />
        ) : (
          <RunProgress id={run} />
        )}
      </Drawer>
    </Page>
  );
}
