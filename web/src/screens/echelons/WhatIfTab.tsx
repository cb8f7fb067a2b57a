import { Button, Table } from "antd";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useFacts } from "../../app/facts";
import { useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import { PALETTE } from "../../shared/chart/colours";
import { timeAxis } from "../../shared/chart/timeAxis";
import { Loaded, Nothing } from "../../shared/Loaded";
import { RunButton } from "../../shared/run/RunButton";
import { useAddress } from "../../shared/useAddress";
import { wall } from "../../shared/zone";
import { type Broken, brokenOf, type Struck, struckOf } from "./echelon";
import { TEXTS } from "./texts";

/** The last scenario that was played: calls, the chance to miss the target, and what the echelons mend. */
export function WhatIfTab() {
  const t = useTexts(TEXTS);
  const rows = useRows(useCentre(), "what-if");
  const [address, change] = useAddress();
  const told = (rows.data ?? []).map((entry) => entry.row);
  const broken = brokenOf(told);
  const queue = address("queue") ?? broken[0]?.queue ?? "";
  return (
    <>
      <RunButton kind="what-if" label={t.runWhatIf} first={["scenario", "at"]} permission="response:write" primary />
      <Loaded asked={rows}>
        {() =>
          broken.length === 0 ? (
            <Nothing why={t.noWhatIf} />
          ) : (
            <>
              <Queues broken={broken} open={queue} onOpen={(other) => change({ queue: other })} />
              <Curves queue={queue} struck={struckOf(told, queue)} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Queues({ broken, open, onOpen }: { broken: Broken[]; open: string; onOpen: (queue: string) => void }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { nameOf, zone } = useFacts();
  return (
    <Table
      size="small"
      pagination={false}
      rowKey="queue"
      dataSource={broken}
      rowClassName={(one) => (one.queue === open ? "ant-table-row-selected" : "")}
      columns={[
        {
          key: "queue",
          title: t.queue,
          render: (one: Broken) => (
            <Button type="link" size="small" aria-pressed={one.queue === open} onClick={() => onOpen(one.queue)}>
              {nameOf(one.queue)}
            </Button>
          ),
        },
        { key: "short", title: t.short, align: "right", render: (one: Broken) => formats.number(Math.max(0, one.short), 0) },
        { key: "worst", title: t.worst, render: (one: Broken) => formats.instant(one.worst, zone) },
        { key: "lost", title: t.lost, align: "right", render: (one: Broken) => formats.number(one.lost, 0) },
      ]}
    />
  );
}

function Curves({ queue, struck }: { queue: string; struck: Struck }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { nameOf, zone } = useFacts();
  const walls = struck.time.map((at) => wall(at, zone));
  const xAxis = timeAxis(walls, formats.day);
  const common = {
    legend: { top: 0 },
    grid: { left: 56, right: 16, top: 36, bottom: 28 },
    tooltip: { trigger: "axis" as const },
    xAxis,
  };
  const line = (name: string, data: number[], k: number, type: "solid" | "dashed" | "dotted") => ({
    type: "line" as const,
    name,
    data,
    showSymbol: false,
    lineStyle: { type, width: 2, color: PALETTE[k] },
    itemStyle: { color: PALETTE[k] },
  });
  const sheet = (titles: Partial<Record<keyof Struck, string>>) => ({
    columns: Object.entries({ time: t.time, ...titles }).map(([key, title]) => ({ key, title })),
    rows: walls.map((time, k) => ({
      ...Object.fromEntries(Object.keys(titles).map((key) => [key, struck[key as keyof Struck][k]])),
      time,
    })),
  });
  const band = struck.high.map((high, k) => high - (struck.low[k] ?? 0));
  const area = { type: "line" as const, stack: "band", showSymbol: false, silent: true, lineStyle: { opacity: 0 } };
  return (
    <>
      <Chart
        title={`${nameOf(queue)} · ${t.callsTitle}`}
        option={{
          ...common,
          yAxis: { type: "value" },
          series: [
            { ...area, data: struck.low, tooltip: { show: false } },
            { ...area, name: t.band, data: band, areaStyle: { color: PALETTE[1], opacity: 0.18 }, tooltip: { show: false } },
            line(t.usual, struck.usual, 0, "dashed"),
            line(t.struck, struck.calls, 1, "solid"),
          ],
        }}
        sheet={() => sheet({ usual: t.usual, calls: t.struck, low: "q10", high: "q90" })}
      />
      <Chart
        title={`${nameOf(queue)} · ${t.chanceTitle}`}
        height={240}
        option={{
          ...common,
          yAxis: { type: "value", max: 1, axisLabel: { formatter: (value: number) => formats.percent(value) } },
          series: [
            line(t.usual, struck.chanceUsual, 0, "dashed"),
            line(t.struck, struck.chance, 1, "solid"),
            line(t.helped, struck.chanceHelped, 2, "dotted"),
          ],
        }}
        sheet={() => sheet({ chanceUsual: t.usual, chance: t.struck, chanceHelped: t.helped })}
      />
    </>
  );
}
