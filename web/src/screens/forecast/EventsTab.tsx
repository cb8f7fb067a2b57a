import { Alert, Calendar, DatePicker, Flex, Segmented, Tag } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useZone } from "../../api/centreTold";
import { type Row, type TableName, useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, usePreferences, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { DataTable } from "../../shared/table/DataTable";
import { useAddress } from "../../shared/useAddress";
import { daysLater } from "../../shared/zone";
import { type Happening, happeningsByDay } from "./happenings";
import { useWhole } from "./useFan";

const TEXTS = texts(
  {
    events: "事件",
    outages: "停电",
    exclusions: "剔除时段",
    what: "列出",
    month: "月份",
    help: "事件按倍数或额外来电抬高预测；停电按停电户数推算来电；剔除时段不参与学习。改动在下一次“重新预测”时生效。",
    noEvents: "还没有事件：点“新增”录入节假日、账单日或台风。",
    noOutages: "还没有停电记录。",
    noExclusions: "没有剔除任何时段。",
    times: "倍",
    calls: "通",
    yes: "计划停电",
    no: "故障停电",
  },
  {
    events: "Events",
    outages: "Outages",
    exclusions: "Exclusions",
    what: "List",
    month: "Month",
    help: "Events raise the forecast by a factor or by calls; outages by the customers without supply; excluded times are not learnt from. Changes act when it is forecast again.",
    noEvents: "No events yet: press “Add” for holidays, billing days or a storm.",
    noOutages: "No outages yet.",
    noExclusions: "Nothing is excluded.",
    times: "×",
    calls: "calls",
    yes: "Planned",
    no: "Fault",
  },
);
const MARKS = { events: "●", outages: "▲", exclusions: "✕" } as const;
const COLOURS = { events: "blue", outages: "orange", exclusions: "default" } as const;
type Kind = keyof typeof MARKS;
const SHOWN: Record<Kind, string[]> = {
  events: ["name", "queue", "start", "end", "factor", "extra_calls", "spread", "known_from"],
  outages: ["name", "queue", "customers", "start", "restored", "planned", "notice_coverage", "coefficient"],
  exclusions: ["queue", "start", "end", "reason"],
};

/** What is known of days out of the ordinary: a month of them, and the tables behind it. */
export function EventsTab() {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  const formats = useFormats();
  const zone = useZone();
  const centre = useCentre();
  const queueName = useNameOf();
  const [address, ask] = useAddress();
  const [kind, setKind] = useState<Kind>("events");
  const { whole } = useWhole(undefined);
  const events = useRows(centre, "events");
  const outages = useRows(centre, "outages");
  const exclusions = useRows(centre, "exclusions");
  const titled = (row: Row) => String((language === "zh" && row.name_zh) || row.name || row.reason || "");
  const rowsOf = (of: Kind, entries: { row: Row }[] | undefined): Happening<Kind>[] =>
    (entries ?? []).map(({ row }) => ({
      kind: of,
      title: titled(row),
      queue: queueName(String(row.queue ?? "")),
      start: String(row.start),
      end: String(row.end ?? row.restored),
    }));
  const all = [...rowsOf("events", events.data), ...rowsOf("outages", outages.data), ...rowsOf("exclusions", exclusions.data)];
  const month = address("month") ?? whole?.from.slice(0, 7) ?? new Date().toISOString().slice(0, 7);
  const shown = { from: daysLater(`${month}-01`, -7), to: daysLater(`${month}-01`, 44) };
  const byDay = happeningsByDay(all, zone, shown);
  const at = (value: unknown) => (value == null ? "" : formats.instant(String(value), zone));
  const editable = useMay("data:write");
  const nothing = { events: t.noEvents, outages: t.noOutages, exclusions: t.noExclusions };
  return (
    <>
      <Alert type="info" showIcon title={t.help} />
      <Calendar
        className="events-calendar"
        value={dayjs(`${month}-01`)}
        headerRender={({ value }) => (
          <DatePicker
            picker="month"
            allowClear={false}
            aria-label={t.month}
            value={value}
            onChange={(told) => ask({ month: told?.format("YYYY-MM") })}
          />
        )}
        onSelect={(told) => ask({ month: told.format("YYYY-MM") })}
        cellRender={(told, info) =>
          info.type !== "date" ? null : (
            <Flex vertical gap={2} align="start">
              {(byDay.get(told.format("YYYY-MM-DD")) ?? []).map((one) => (
                <Tag key={`${one.kind}${one.title}`} color={COLOURS[one.kind]} title={one.queues.join("、")} className="event">
                  {MARKS[one.kind]} {one.title}
                </Tag>
              ))}
            </Flex>
          )
        }
      />
      <Segmented
        aria-label={t.what}
        value={kind}
        onChange={setKind}
        options={(Object.keys(MARKS) as Kind[]).map((value) => ({ value, label: `${MARKS[value]} ${t[value]}` }))}
      />
      <DataTable
        key={kind}
        table={kind satisfies TableName}
        columns={SHOWN[kind].map((one) => (one === "name" && language === "zh" ? "name_zh" : one))}
        editable={editable}
        empty={nothing[kind]}
        cells={{
          name_zh: (_, row) => titled(row),
          queue: (value) => queueName(String(value ?? "")),
          start: at,
          end: at,
          restored: at,
          known_from: at,
          factor: (value) => (value == null ? "" : `× ${formats.number(Number(value), 2)}`),
          extra_calls: (value) => (value ? `${formats.number(Number(value), 0)} ${t.calls}` : "–"),
          planned: (value) => (value ? t.yes : t.no),
          notice_coverage: (value) => (value == null ? "" : formats.percent(Number(value))),
          spread: (value) => (value == null ? "" : `± ${formats.percent(Number(value))}`),
        }}
      />
    </>
  );
}
