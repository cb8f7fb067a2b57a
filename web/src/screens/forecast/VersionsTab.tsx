import { Alert, Descriptions, Flex, Select, Table } from "antd";
import { Link } from "react-router";
import { useZone } from "../../api/centreTold";
import { ALL, type Matrix, useSeries } from "../../api/series";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import { Loaded, Nothing } from "../../shared/Loaded";
import { QueueSelect } from "../../shared/QueueSelect";
import { useAddress } from "../../shared/useAddress";
import { dayOf, wall } from "../../shared/zone";
import { compared } from "./compared";
import { useVersions, type Version } from "./versions";

const TEXTS = texts(
  {
    none: "还没有预测版本：每次“重新预测”都会留下一个版本，可在此比较。",
    version: "版本",
    origin: "已知截止时间",
    method: "方法",
    days: "天数",
    overrides: "人工调整",
    author: "作者",
    reason: "理由",
    status: "节假日",
    announced: "已公布",
    provisional: "暂定",
    older: "旧版本",
    newer: "新版本",
    one: "只有一个版本，尚不能比较：再预测一次即可。",
    perDay: "每日来电：新旧版本",
    queue: "队列",
    change: "变化",
    machine: "机器",
    share: "变化率",
    common: "共同天数内合计（通）",
    history: "话务记录",
    same: "相同",
    unlike: "已更新",
    why: "版本差异的来由",
    open: "看图",
    combined: "综合法",
    principal: "主成分法",
    same_weekday: "同星期法",
    structural: "结构法",
  },
  {
    none: "There is no version yet: each forecast leaves one, to be compared here.",
    version: "Version",
    origin: "Origin",
    method: "Method",
    days: "Days",
    overrides: "Overrides",
    author: "Author",
    reason: "Reason",
    status: "Holidays",
    announced: "Announced",
    provisional: "Provisional",
    older: "Older",
    newer: "Newer",
    one: "There is one version only; forecast again to compare.",
    perDay: "Calls per day in both",
    queue: "Queue",
    change: "Change",
    machine: "Machine",
    share: "Share",
    common: "Calls on the days that both speak of",
    history: "History of calls",
    same: "The same",
    unlike: "Brought up to date",
    why: "Why they differ",
    open: "Chart",
    combined: "Combined",
    principal: "Principal components",
    same_weekday: "Same weekday",
    structural: "Structural",
  },
);

/** Versions of the forecast, and what changed between two: by the machine, and by the planner. */
export function VersionsTab() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const zone = useZone();
  const centre = useCentre();
  const asked = useVersions();
  const method = (id: string | undefined) => t[id as "combined"] ?? id ?? "";
  return (
    <Loaded asked={asked}>
      {({ versions }) =>
        versions.length === 0 ? (
          <Nothing why={t.none} />
        ) : (
          <>
            <Table
              size="small"
              rowKey="version"
              dataSource={versions}
              pagination={{ pageSize: 8, hideOnSinglePage: true }}
              columns={[
                { key: "version", title: t.version, dataIndex: "version" },
                { key: "origin", title: t.origin, render: (_, one) => formats.instant(one.origin, zone) },
                { key: "method", title: t.method, render: (_, one) => method(one.parameters.method) },
                { key: "days", title: t.days, render: (_, one) => one.parameters.days },
                { key: "overrides", title: t.overrides, render: (_, one) => one.overrides.length },
                { key: "status", title: t.status, render: (_, one) => t[one.calendar_status] },
                { key: "author", title: t.author, dataIndex: "author" },
                { key: "reason", title: t.reason, dataIndex: "reason" },
                {
                  key: "open",
                  title: "",
                  render: (_, one) => <Link to={`/c/${centre}/forecast?version=${one.version}`}>{t.open}</Link>,
                },
              ]}
            />
            {versions.length < 2 ? <Alert type="info" showIcon title={t.one} /> : <Compared versions={versions} />}
          </>
        )
      }
    </Loaded>
  );
}

function Compared({ versions }: { versions: Version[] }) {
  const t = useTexts(TEXTS);
  const [address, ask] = useAddress();
  const newer = versions.find((one) => one.version === address("newer")) ?? versions[0];
  const older = versions.find((one) => one.version === address("older")) ?? versions.find((one) => one.version !== newer?.version);
  const options = versions.map((one) => ({ value: one.version, label: one.version }));
  const asked = { every: "day" } as const;
  const before = useSeries("forecast", { ...asked, version: older?.version });
  const after = useSeries("forecast", { ...asked, version: newer?.version });
  const machineBefore = useSeries("forecast", { ...asked, version: older?.version, layer: "machine" });
  const machineAfter = useSeries("forecast", { ...asked, version: newer?.version, layer: "machine" });
  const queue = address("queue") ?? ALL;
  return (
    <>
      <Flex gap="small" align="center" wrap>
        {t.older}
        <Select aria-label={t.older} value={older?.version ?? null} options={options} onChange={(one) => ask({ older: one })} />
        {t.newer}
        <Select aria-label={t.newer} value={newer?.version ?? null} options={options} onChange={(one) => ask({ newer: one })} />
        <QueueSelect queues={after.data?.queues ?? []} value={queue} withAll onChange={(one) => ask({ queue: one })} />
      </Flex>
      {before.data && after.data && machineBefore.data && machineAfter.data && older && newer && (
        <Difference
          {...{ older, newer, queue }}
          matrices={{ before: before.data, after: after.data, machineBefore: machineBefore.data, machineAfter: machineAfter.data }}
        />
      )}
    </>
  );
}

type Matrices = { before: Matrix; after: Matrix; machineBefore: Matrix; machineAfter: Matrix };

function Difference(props: { older: Version; newer: Version; queue: string; matrices: Matrices }) {
  const { older, newer, queue, matrices } = props;
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const name = useNameOf();
  const zone = useZone();
  const told = compared(matrices, queue);
  const days = told.timestamps.map((at) => formats.day(dayOf(wall(at, zone))));
  const signed = (value: number) => `${value > 0 ? "+" : ""}${formats.number(value, 0)}`;
  const line = (label: string, data: (number | null)[], color: string, type: "solid" | "dashed") => ({
    type: "line" as const,
    name: label,
    data,
    color,
    lineStyle: { type },
    symbolSize: 5,
  });
  return (
    <>
      <Chart
        title={`${t.perDay}${queue === ALL ? "" : ` · ${name(queue)}`}`}
        height={280}
        option={{
          grid: { left: 64, right: 16, top: 36, bottom: 28 },
          legend: { top: 0 },
          tooltip: {
            trigger: "axis",
            renderMode: "richText",
            valueFormatter: (value) => formats.number(value as number | null, 0),
          },
          xAxis: { type: "category", data: days },
          yAxis: { type: "value", scale: true },
          series: [line(older.version, told.before, "#7f7f7f", "dashed"), line(newer.version, told.after, "#0072b2", "solid")],
        }}
        sheet={() => ({
          columns: [
            { key: "day", title: t.days },
            { key: "before", title: older.version },
            { key: "after", title: newer.version },
          ],
          rows: days.map((day, k) => ({ day, before: told.before[k], after: told.after[k] })),
        })}
      />
      <Table
        size="small"
        rowKey="queue"
        title={() => t.common}
        pagination={false}
        dataSource={told.queues}
        columns={[
          { key: "queue", title: t.queue, render: (_, one) => name(one.queue) },
          { key: "before", title: older.version, align: "right", render: (_, one) => formats.number(one.before, 0) },
          { key: "after", title: newer.version, align: "right", render: (_, one) => formats.number(one.after, 0) },
          { key: "change", title: t.change, align: "right", render: (_, one) => signed(one.change) },
          {
            key: "share",
            title: t.share,
            align: "right",
            render: (_, one) =>
              one.before > 0 ? `${one.change > 0 ? "+" : ""}${formats.percent(one.change / one.before, 1)}` : "–",
          },
          { key: "machine", title: t.machine, align: "right", render: (_, one) => signed(one.machine) },
          { key: "overrides", title: t.overrides, align: "right", render: (_, one) => signed(one.change - one.machine) },
        ]}
      />
      <Descriptions
        size="small"
        title={t.why}
        column={2}
        items={[
          {
            key: "origin",
            label: t.origin,
            children: `${formats.instant(older.origin, zone)} → ${formats.instant(newer.origin, zone)}`,
          },
          { key: "history", label: t.history, children: older.history_sha256 === newer.history_sha256 ? t.same : t.unlike },
          { key: "overrides", label: t.overrides, children: `${older.overrides.length} → ${newer.overrides.length}` },
          { key: "reason", label: t.reason, children: newer.reason || "–" },
        ]}
      />
    </>
  );
}
