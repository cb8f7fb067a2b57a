import { CalendarOutlined } from "@ant-design/icons";
import { Progress, Table, Tooltip } from "antd";
import { Link, useParams } from "react-router";
import { $api } from "../../api/client";
import { useCentre } from "../../app/centre";
import { useFormats, useTexts } from "../../app/preferences";
import { Loaded, Nothing } from "../../shared/Loaded";
import { Page } from "../../shared/Page";
import { RunButton } from "../../shared/run/RunButton";
import { RosterView } from "./RosterView";
import type { Version } from "./rosterData";
import { StateTag } from "./StateTag";
import { TEXTS } from "./texts";

const PROPOSED = { propose: true };

export default function RosterPage() {
  const version = useParams()["*"] || undefined;
  return version === undefined ? <Versions /> : <RosterView key={version} version={version} />;
}

function Versions() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const params = { path: { centre }, query: { limit: 500 } };
  const versions = $api.useQuery("get", "/api/v1/centres/{centre}/rosters", { params });
  const actions = (
    <>
      <RunButton kind="adjust" label={t.adjust} first={["first"]} given={PROPOSED} />
      <RunButton kind="plan" label={t.plan} first={["first", "days"]} given={PROPOSED} icon={<CalendarOutlined />} primary />
    </>
  );
  return (
    <Page title={t.title} lead={t.lead} actions={actions}>
      <Loaded asked={versions}>
        {(page) => (page.items.length === 0 ? <Nothing why={t.none} /> : <VersionTable versions={page.items.toReversed()} />)}
      </Loaded>
    </Page>
  );
}

function VersionTable({ versions }: { versions: Version[] }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const columns = [
    {
      key: "version",
      title: t.version,
      render: (one: Version) => <Link to={`/c/${centre}/rosters/${one.version}`}>{one.version}</Link>,
    },
    { key: "state", title: t.state, render: (one: Version) => <StateTag state={one.state} /> },
    { key: "rhythm", title: t.rhythm, render: (one: Version) => t[one.rhythm] },
    { key: "days", title: t.days, render: (one: Version) => (one.first && one.last ? `${one.first} – ${one.last}` : "–") },
    { key: "agents", title: t.agents, align: "right" as const, render: (one: Version) => formats.number(one.agents, 0) },
    { key: "cost", title: t.cost, align: "right" as const, render: (one: Version) => formats.number(one.cost, 0) },
    {
      key: "gap",
      title: <Tooltip title={t.gapHelp}>{t.gap}</Tooltip>,
      align: "right" as const,
      render: (one: Version) => (one.bound ? <Gap gap={one.gap} /> : "–"),
    },
    { key: "by", title: t.by, dataIndex: "by" },
    { key: "at", title: t.at, render: (one: Version) => formats.instant(one.at) },
    { key: "reason", title: t.reason, dataIndex: "reason" },
  ];
  return (
    <Table
      size="small"
      rowKey="version"
      columns={columns}
      dataSource={versions}
      pagination={{ hideOnSinglePage: true }}
      scroll={{ x: "max-content" }}
    />
  );
}

function Gap({ gap }: { gap: number | null }) {
  const formats = useFormats();
  return (
    <span className="gap-cell">
      <Progress percent={100 * (1 - (gap ?? 1))} showInfo={false} size={[60, 6]} aria-hidden />
      {formats.percent(gap, 2)}
    </span>
  );
}
