import { Table } from "antd";
import { type Row, useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useFacts } from "../../app/facts";
import { useFormats, usePreferences, useTexts } from "../../app/preferences";
import { Loaded, Nothing } from "../../shared/Loaded";
import { RunButton } from "../../shared/run/RunButton";
import { TEXTS } from "./texts";

/** What the echelons brought in the last drill, and every drill with its score and lessons. */
export function DrillsTab() {
  const t = useTexts(TEXTS);
  const drills = useRows(useCentre(), "drills");
  const held = (drills.data ?? []).map((entry) => entry.row).toReversed();
  return (
    <>
      <RunButton kind="drill" label={t.runDrill} first={["scenario", "at"]} permission="response:write" primary />
      <Loaded asked={drills}>
        {() =>
          held.length === 0 ? (
            <Nothing why={t.noDrills} />
          ) : (
            <>
              <History held={held} />
              <Effect />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function History({ held }: { held: Row[] }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { language } = usePreferences();
  const { zone } = useFacts();
  const share = (name: "service" | "strength" | "speed") => ({
    key: name,
    title: t[name],
    align: "right" as const,
    render: (row: Row) => formats.percent(Number(row[name])),
  });
  return (
    <section aria-label={t.history}>
      <h3>{t.history}</h3>
      <Table
        size="small"
        rowKey={(row) => `${row.scenario}/${row.held_at}`}
        dataSource={held}
        pagination={{ defaultPageSize: 10, hideOnSinglePage: true }}
        expandable={{ expandedRowRender: (row) => <Lessons text={String(language === "zh" ? row.lessons_zh : row.lessons)} /> }}
        columns={[
          { key: "scenario", title: t.scenario, render: (row: Row) => String(row.scenario) },
          { key: "at", title: t.at, render: (row: Row) => formats.instant(String(row.at), zone) },
          { key: "held", title: t.held, render: (row: Row) => formats.instant(String(row.held_at), zone) },
          {
            key: "score",
            title: t.score,
            align: "right",
            render: (row: Row) => <strong>{formats.number(Number(row.score))}</strong>,
          },
          share("service"),
          share("strength"),
          share("speed"),
        ]}
      />
    </section>
  );
}

function Lessons({ text }: { text: string }) {
  const t = useTexts(TEXTS);
  const lines = text.split(/(?<=[.。])\s*/).filter(Boolean);
  return (
    <>
      <strong>{t.lessons}</strong>
      <ul>
        {lines.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </>
  );
}

function Effect() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { nameOf } = useFacts();
  const rows = (useRows(useCentre(), "drill").data ?? []).map((entry) => entry.row);
  const told = (row: Row, name: string, signed = false) => {
    const value = Number(row[name]);
    const text = row.measure === "service_level" ? formats.percent(value, 1) : formats.number(value);
    return signed && value > 0 ? `+${text}` : text;
  };
  const number = (name: "without" | "with_echelons", title: string) => ({
    key: name,
    title,
    align: "right" as const,
    render: (row: Row) => told(row, name),
  });
  return (
    <section aria-label={t.last}>
      <h3>{t.last}</h3>
      <Table
        size="small"
        pagination={false}
        rowKey={(row) => `${row.measure}/${row.queue}`}
        dataSource={rows}
        columns={[
          { key: "queue", title: t.queue, render: (row: Row) => (row.queue ? nameOf(String(row.queue)) : t.all) },
          { key: "measure", title: t.measure, render: (row: Row) => t.measures[String(row.measure)] ?? String(row.measure) },
          number("without", t.without),
          number("with_echelons", t.withThem),
          {
            key: "difference",
            title: t.difference,
            align: "right",
            render: (row: Row) => `${told(row, "difference", true)} ± ${told(row, "half_width")}`,
          },
        ]}
      />
    </section>
  );
}
