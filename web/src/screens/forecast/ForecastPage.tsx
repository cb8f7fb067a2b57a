import { texts, useTexts } from "../../app/preferences";
import { Page } from "../../shared/Page";
import { PathTabs } from "../../shared/PathTabs";
import { RunButton } from "../../shared/run/RunButton";
import { Term } from "../../shared/Term";
import { AccuracyTab } from "./AccuracyTab";
import { EventsTab } from "./EventsTab";
import { FanTab } from "./FanTab";
import { VersionsTab } from "./VersionsTab";

const TEXTS = texts(
  {
    title: "话务预测",
    lead: "每个时段的来电预测及其不确定范围；人工调整一层一层叠加，机器预测始终保留。",
    fan: "预测与调整",
    events: "事件日历",
    versions: "版本比较",
    accuracy: "准确率与校准",
    run: "重新预测",
    term: "预测",
  },
  {
    title: "Forecast",
    lead: "Calls expected in every interval and how sure that is; overrides lie over the machine's forecast, which always stays.",
    fan: "Forecast and overrides",
    events: "Events",
    versions: "Versions",
    accuracy: "Accuracy and calibration",
    run: "Forecast again",
    term: "Forecast",
  },
);
const TABS = [
  ["fan", FanTab],
  ["events", EventsTab],
  ["versions", VersionsTab],
  ["accuracy", AccuracyTab],
] as const;

/** What will come: the fan chart with overrides, events, versions, and how good forecasts have been. */
export default function ForecastPage() {
  const t = useTexts(TEXTS);
  return (
    <Page
      title={t.title}
      lead={
        <>
          <Term id="forecast">{t.term}</Term> · {t.lead}
        </>
      }
      actions={<RunButton kind="forecast" label={t.run} first={["days", "reason"]} primary />}
    >
      <PathTabs screen="forecast" tabs={TABS.map(([key, Tab]) => ({ key, label: t[key], Tab }))} forget={["run", "ask"]} />
    </Page>
  );
}
