import { Button, Drawer, Tabs } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useCentre } from "../../app/centre";
import { texts, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Page } from "../../shared/Page";
import { RunForm } from "../../shared/run/RunForm";
import { RunProgress } from "../../shared/run/RunProgress";
import { Term } from "../../shared/Term";
import { useAddress } from "../../shared/useAddress";
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
const TABS = { fan: FanTab, events: EventsTab, versions: VersionsTab, accuracy: AccuracyTab };
type TabName = keyof typeof TABS;
const isTab = (name: string): name is TabName => name in TABS;

/** What will come: the fan chart with overrides, events, versions, and how good forecasts have been. */
export default function ForecastPage() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const navigate = useNavigate();
  const told = useParams()["*"] ?? "";
  const open = isTab(told) ? told : "fan";
  const [address, ask] = useAddress();
  const [asking, setAsking] = useState(false);
  const run = address("run");
  const mayRun = useMay("runs:write");
  const names = Object.keys(TABS).filter(isTab);
  const items = names.map((name) => {
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
  const close = () => {
    setAsking(false);
    ask({ run: undefined });
  };
  return (
    <Page
      title={t.title}
      lead={
        <>
          <Term id="forecast">{t.term}</Term> · {t.lead}
        </>
      }
      actions={
        mayRun && (
          <Button type="primary" onClick={() => setAsking(true)}>
            {t.run}
          </Button>
        )
      }
    >
      <Tabs
        activeKey={open}
        items={items}
        destroyOnHidden
        onChange={(name) => navigate(`/c/${centre}/forecast${name === "fan" ? "" : `/${name}`}`)}
      />
      <Drawer title={t.run} open={asking || run !== undefined} onClose={close} size={440} destroyOnHidden>
        {run === undefined ? (
          <RunForm kind="forecast" first={["days", "reason"]} onSubmitted={(made) => ask({ run: made.id })} />
        ) : (
          <RunProgress id={run} />
        )}
      </Drawer>
    </Page>
  );
}
