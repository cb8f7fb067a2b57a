import { ThunderboltOutlined } from "@ant-design/icons";
import { Button, Card, Drawer, Flex, Segmented, Statistic, Table, Tabs, Tag } from "antd";
import { useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useFacts } from "../../app/facts";
import { useFormats, useTexts } from "../../app/preferences";
import { LEVELS } from "../../shared/chart/colours";
import { LEVEL_NAMES, Level } from "../../shared/Level";
import { Loaded, Nothing } from "../../shared/Loaded";
import { Page } from "../../shared/Page";
import { RunButton } from "../../shared/run/RunButton";
import { LevelMap } from "./LevelMap";
import { Proof } from "./Proof";
import { TEXTS } from "./texts";
import { WarningPanel } from "./WarningPanel";
import { daysOf, type Warning, type WarningState, warningsOf } from "./warning";

const STATES: (WarningState | "all")[] = ["all", "open", "acknowledged", "closed", "reviewed"];

export default function WarningsPage() {
  const t = useTexts(TEXTS);
  const { zone } = useFacts();
  const items = [
    { key: "list", label: t.title, children: <Register /> },
    { key: "proof", label: t.proof, children: <Proof /> },
  ];
  return (
    <Page
      title={t.title}
      lead={`${t.lead} ${t.zone} ${zone}`}
      actions={
        <RunButton
          kind="warn"
          label={t.run}
          lead={t.runLead}
          first={["at", "days"]}
          permission="response:write"
          icon={<ThunderboltOutlined />}
          primary
        />
      }
    >
      <Tabs items={items} destroyOnHidden />
    </Page>
  );
}

function Register() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const { zone } = useFacts();
  const [query, setQuery] = useSearchParams();
  const [state, setState] = useState<WarningState | "all">("all");
  const rows = useRows(centre, "warnings");
  const steps = useRows(centre, "warning-steps");
  const [queue, day] = [query.get("queue"), query.get("day")];
  const all = useMemo(() => warningsOf(rows.data ?? [], steps.data ?? []), [rows.data, steps.data]);
  const shown = all.filter(
    (one) =>
      (state === "all" || one.state === state) &&
      (!queue || one.row.queue === queue) &&
      (!day || daysOf(one.row, zone).includes(day)),
  );
  return (
    <Loaded asked={rows}>
      {() =>
        all.length === 0 ? (
          <Nothing why={t.none} />
        ) : (
          <>
            <Counts all={all} />
            <LevelMap warnings={all} onChoose={(q, d) => setQuery({ queue: q, day: d })} />
            <Flex gap="small" align="center" wrap className="table-head">
              <Segmented value={state} onChange={setState} options={STATES.map((value) => ({ value, label: t[value] }))} />
              {queue && day && (
                <Tag closable onClose={() => setQuery({})} aria-label={t.clear}>
                  {queue} · {day}
                </Tag>
              )}
            </Flex>
            <List warnings={shown} />
          </>
        )
      }
    </Loaded>
  );
}

/** How many warnings of each level there are. */
function Counts({ all }: { all: Warning[] }) {
  const counted = LEVEL_NAMES.toReversed().map((level) => ({ level, many: all.filter((one) => one.row.level === level).length }));
  return (
    <Flex gap="small" wrap>
      {counted.map(({ level, many }) => (
        <Card key={level} size="small" className="tile" style={{ borderTopColor: LEVELS[level].colour }}>
          <Statistic title={<Level level={level} />} value={many} />
        </Card>
      ))}
    </Flex>
  );
}

function List({ warnings }: { warnings: Warning[] }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const { nameOf, zone } = useFacts();
  const navigate = useNavigate();
  const id = useParams()["*"] || undefined;
  const open = warnings.find((one) => one.id === id);
  const to = (warning?: string) =>
    navigate({ pathname: `/c/${centre}/warnings${warning ? `/${warning}` : ""}`, search: window.location.search });
  const columns = [
    { key: "level", title: t.level, render: (one: Warning) => <Level level={one.row.level} /> },
    {
      key: "queue",
      title: t.queue,
      render: (one: Warning) => (
        <Button type="link" size="small" onClick={() => to(one.id)}>
          {nameOf(String(one.row.queue))}
        </Button>
      ),
    },
    { key: "when", title: t.when, render: (one: Warning) => formats.span(String(one.row.start), String(one.row.end), zone) },
    {
      key: "chance",
      title: t.chance,
      align: "right" as const,
      render: (one: Warning) => formats.percent(one.row.chance as number),
    },
    {
      key: "realised",
      title: t.realised,
      align: "right" as const,
      render: (one: Warning) => formats.percent(one.row.chance_realised as number),
    },
    {
      key: "missing",
      title: t.missing,
      align: "right" as const,
      render: (one: Warning) => formats.number(one.row.missing_heads as number),
    },
    {
      key: "lost",
      title: t.lost,
      align: "right" as const,
      render: (one: Warning) => formats.number(one.row.lost_calls as number, 0),
    },
    { key: "state", title: t.state, render: (one: Warning) => <Tag>{t[one.state]}</Tag> },
  ];
  return (
    <>
      <Table
        size="small"
        rowKey="key"
        columns={columns}
        dataSource={warnings}
        pagination={{ defaultPageSize: 15, hideOnSinglePage: true }}
        scroll={{ x: "max-content" }}
      />
      <Drawer open={open !== undefined} onClose={() => to()} size={620} title={open && <PanelTitle warning={open} />}>
        {open && <WarningPanel warning={open} />}
      </Drawer>
    </>
  );
}

function PanelTitle({ warning }: { warning: Warning }) {
  const { nameOf } = useFacts();
  return (
    <>
      <Level level={warning.row.level} /> {nameOf(String(warning.row.queue))} <Tag>{warning.id}</Tag>
    </>
  );
}
