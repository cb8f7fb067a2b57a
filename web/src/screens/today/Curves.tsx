import { useMemo } from "react";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import { PALETTE } from "../../shared/chart/colours";
import type { ChartOption } from "../../shared/chart/echarts";
import type { Interval } from "./todayModel";

const TEXTS = texts(
  {
    calls: "话务量：实际与预测",
    people: "在线人数：在班与需求",
    service: "预计服务水平",
    at: "时段",
    actual: "实际来电",
    forecast: "预测来电",
    low: "预测下限（5%）",
    high: "预测上限（95%）",
    band: "90% 预测区间",
    required: "需求人数",
    rostered: "在班人数",
    level: "预计服务水平",
  },
  {
    calls: "Calls: actual against forecast",
    people: "Agents: rostered against required",
    service: "Projected service level",
    at: "Interval",
    actual: "Calls offered",
    forecast: "Calls forecast",
    low: "Forecast, lower (5%)",
    high: "Forecast, upper (95%)",
    band: "90% band of the forecast",
    required: "Required",
    rostered: "Rostered",
    level: "Projected service level",
  },
);
type Props = { intervals: Interval[]; zone: string; chosen: string | undefined; onChoose: (at: string) => void };

/** Calls, agents and service of the day, one under the other. */
export function Curves({ intervals, zone, chosen, onChoose }: Props) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const options = useMemo(() => {
    const times = intervals.map((one) => formats.time(one.at, zone));
    const mark = intervals.findIndex((one) => one.at === chosen);
    const common = (percent = false): ChartOption => ({
      grid: { left: 48, right: 16, top: 36, bottom: 28 },
      legend: { top: 0, itemHeight: 8 },
      tooltip: {
        trigger: "axis",
        valueFormatter: (value) => (percent ? formats.percent(Number(value), 1) : formats.number(Number(value), 0)),
      },
      xAxis: { type: "category", data: times },
      yAxis: percent
        ? { type: "value", min: 0, max: 1, axisLabel: { formatter: (value: number) => formats.percent(value) } }
        : { type: "value" },
    });
    const now = {
      symbol: "none",
      silent: true,
      label: { show: false },
      lineStyle: { color: "#7f7f7f" },
      data: mark < 0 ? [] : [{ xAxis: mark }],
    };
    const line = (name: string, data: (number | null)[], color: string, type: "solid" | "dashed" = "solid") => ({
      ...{ type: "line" as const, name, data, color, showSymbol: false, lineStyle: { type, width: 2 }, triggerLineEvent: true },
    });
    const hidden = {
      type: "line" as const,
      stack: "band",
      showSymbol: false,
      silent: true,
      lineStyle: { opacity: 0 },
      tooltip: { show: false },
    };
    const calls: ChartOption = {
      ...common(),
      series: [
        { ...hidden, name: t.low, data: intervals.map((one) => one.low) },
        {
          ...hidden,
          name: t.band,
          color: PALETTE[5],
          areaStyle: { opacity: 0.3 },
          data: intervals.map((one) => one.high - one.low),
        },
        line(
          t.forecast,
          intervals.map((one) => one.forecast),
          PALETTE[0],
          "dashed",
        ),
        {
          ...line(
            t.actual,
            intervals.map((one) => one.actual),
            PALETTE[1],
          ),
          markLine: now,
        },
      ],
      legend: { top: 0, itemHeight: 8, data: [t.band, t.forecast, t.actual] },
    };
    const people: ChartOption = {
      ...common(),
      series: [
        {
          ...line(
            t.required,
            intervals.map((one) => one.required),
            PALETTE[6],
            "dashed",
          ),
          step: "end",
        },
        {
          ...line(
            t.rostered,
            intervals.map((one) => one.rostered),
            PALETTE[0],
          ),
          step: "end",
          markLine: now,
        },
      ],
    };
    const service: ChartOption = {
      ...common(true),
      series: [
        {
          ...line(
            t.level,
            intervals.map((one) => one.service),
            PALETTE[2],
          ),
          markLine: now,
        },
      ],
    };
    return { calls, people, service };
  }, [intervals, zone, chosen, formats, t]);
  const sheet = (keys: ("actual" | "forecast" | "low" | "high" | "required" | "rostered" | "service")[]) => () => ({
    columns: [{ key: "at", title: t.at }, ...keys.map((key) => ({ key, title: key === "service" ? t.level : t[key] }))],
    rows: intervals.map((one) => ({
      at: formats.time(one.at, zone),
      ...Object.fromEntries(keys.map((key) => [key, one[key] === null ? null : Math.round((one[key] ?? 0) * 1000) / 1000])),
    })),
  });
  const choose = ({ dataIndex }: { dataIndex: number }) => {
    const one = intervals[dataIndex];
    if (one) onChoose(one.at);
  };
  return (
    <>
      <Chart
        title={t.calls}
        height={230}
        option={options.calls}
        sheet={sheet(["actual", "forecast", "low", "high"])}
        onClick={choose}
      />
      <Chart title={t.people} height={200} option={options.people} sheet={sheet(["required", "rostered"])} onClick={choose} />
      <Chart title={t.service} height={180} option={options.service} sheet={sheet(["service"])} onClick={choose} />
    </>
  );
}
