import { texts, useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import type { ChartOption } from "../../shared/chart/echarts";
import { pitOf } from "./calibration";
import type { LeadScore } from "./versions";

const TEXTS = texts(
  {
    error: "误差随提前期的变化（WAPE）",
    errorIs: "平均误差",
    floor: "随机波动决定的下限",
    lead: "提前期",
    covered: "概率范围：说的与实际覆盖",
    stated: "说的",
    came: "实际",
    pit: "实际落在预测分布的何处（应当平直）",
    share: "占比",
    even: "理想",
    place: "预测分布中的位置",
    chance: "预警概率：说的与来的",
    count: "时段数",
    "same day": "当日",
    "1 day": "1 天",
    "2-7 days": "2–7 天",
    "8-28 days": "8–28 天",
    "29-91 days": "29–91 天",
    "92+ days": "92 天以上",
  },
  {
    error: "Error by lead time (WAPE)",
    errorIs: "Error",
    floor: "Least that noise allows",
    lead: "Lead time",
    covered: "Bands: stated against held",
    stated: "Stated",
    came: "Came",
    pit: "Where in the forecast what came fell (should be level)",
    share: "Share",
    even: "If calibrated",
    place: "Place in the forecast's distribution",
    chance: "Chances of warnings: stated against came",
    count: "Intervals",
    "same day": "Same day",
    "1 day": "1 day",
    "2-7 days": "2–7 days",
    "8-28 days": "8–28 days",
    "29-91 days": "29–91 days",
    "92+ days": "92 days and more",
  },
);
const GRID = { left: 52, right: 16, top: 36, bottom: 44 };
const RICH = { renderMode: "richText" as const };

function useWords() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const percent = (value: unknown) => formats.percent(typeof value === "number" ? value : null, 1);
  return { t, percent, lead: (one: string) => t[one as "1 day"] ?? one };
}

const shareAxis = (percent: (value: unknown) => string, more: object = {}) => ({
  type: "value" as const,
  axisLabel: { formatter: (value: number) => percent(value).replace(/\.0%$/, "%") },
  ...more,
});

export function ErrorChart({ scores }: { scores: LeadScore[] }) {
  const { t, percent, lead } = useWords();
  const option: ChartOption = {
    grid: GRID,
    legend: { top: 0 },
    tooltip: { ...RICH, trigger: "axis", valueFormatter: percent },
    xAxis: { type: "category", data: scores.map((one) => lead(one.lead)) },
    yAxis: shareAxis(percent),
    series: [
      { type: "bar", name: t.errorIs, color: "#0072b2", data: scores.map((one) => one.wape), barMaxWidth: 36 },
      {
        type: "line",
        name: t.floor,
        color: "#d55e00",
        data: scores.map((one) => one.wape_floor),
        symbol: "diamond",
        symbolSize: 8,
      },
    ],
  };
  const sheet = () => ({
    columns: [
      { key: "lead", title: t.lead },
      { key: "wape", title: t.errorIs },
      { key: "floor", title: t.floor },
    ],
    rows: scores.map((one) => ({ lead: lead(one.lead), wape: percent(one.wape), floor: percent(one.wape_floor) })),
  });
  return <Chart title={t.error} option={option} sheet={sheet} height={260} />;
}

const STATED = [
  ["coverage50", 0.5],
  ["coverage80", 0.8],
  ["coverage95", 0.95],
] as const;

export function CoverageChart({ scores }: { scores: LeadScore[] }) {
  const { t, percent, lead } = useWords();
  const marks = ["circle", "diamond", "triangle"];
  const colours = ["#009e73", "#0072b2", "#cc79a7"];
  const option: ChartOption = {
    grid: GRID,
    legend: { top: 0 },
    tooltip: { ...RICH, trigger: "axis", valueFormatter: percent },
    xAxis: { type: "category", data: scores.map((one) => lead(one.lead)) },
    yAxis: shareAxis(percent, { min: 0, max: 1 }),
    series: STATED.map(([name, stated], k) => ({
      type: "line" as const,
      name: `${t.stated} ${percent(stated).replace(".0", "")}`,
      color: colours[k] ?? "#000",
      symbol: marks[k] ?? "circle",
      symbolSize: 9,
      data: scores.map((one) => one[name]),
      markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { type: "dashed" }, data: [{ yAxis: stated }] },
    })),
  };
  const sheet = () => ({
    columns: [{ key: "lead", title: t.lead }, ...STATED.map(([key, stated]) => ({ key, title: `${t.stated} ${percent(stated)}` }))],
    rows: scores.map((one) => ({
      lead: lead(one.lead),
      ...Object.fromEntries(STATED.map(([key]) => [key, percent(one[key])])),
    })),
  });
  return <Chart title={t.covered} option={option} sheet={sheet} height={260} />;
}

export function PitChart({ scores }: { scores: LeadScore[] }) {
  const { t, percent } = useWords();
  const pit = pitOf(scores);
  const bins = pit.map((_, k) => `${Math.round((k / pit.length) * 100)}%`);
  const even = pit.length > 0 ? 1 / pit.length : 0;
  const option: ChartOption = {
    grid: GRID,
    tooltip: { ...RICH, trigger: "axis", valueFormatter: percent },
    xAxis: { type: "category", data: bins, name: t.place, nameLocation: "middle", nameGap: 28 },
    yAxis: shareAxis(percent),
    series: [
      {
        type: "bar",
        name: t.share,
        color: "#56b4e9",
        barCategoryGap: "5%",
        data: pit,
        markLine: {
          silent: true,
          symbol: "none",
          lineStyle: { color: "#d55e00" },
          label: { formatter: t.even, position: "insideEndTop" },
          data: [{ yAxis: even }],
        },
      },
    ],
  };
  const sheet = () => ({
    columns: [
      { key: "bin", title: t.place },
      { key: "share", title: t.share },
    ],
    rows: pit.map((share, k) => ({ bin: bins[k], share: percent(share) })),
  });
  return <Chart title={t.pit} option={option} sheet={sheet} height={260} />;
}

export function ChanceChart({ rows }: { rows: Record<string, unknown>[] }) {
  const { t, percent } = useWords();
  const points = rows.map((row) => [Number(row.stated), Number(row.missed), Number(row.count)] as [number, number, number]);
  const biggest = Math.max(...points.map((one) => one[2]), 1);
  const option: ChartOption = {
    grid: GRID,
    tooltip: { ...RICH, trigger: "item", valueFormatter: percent },
    xAxis: shareAxis(percent, { min: 0, max: 1, name: t.stated, nameLocation: "middle", nameGap: 28 }),
    yAxis: shareAxis(percent, { min: 0, max: 1, name: t.came }),
    series: [
      {
        type: "line",
        name: t.even,
        data: [
          [0, 0],
          [1, 1],
        ],
        color: "#7f7f7f",
        symbol: "none",
        lineStyle: { type: "dashed" },
      },
      {
        type: "scatter",
        name: t.came,
        color: "#0072b2",
        data: points,
        symbolSize: (value: number[]) => 6 + 18 * Math.sqrt((value[2] ?? 0) / biggest),
      },
    ],
  };
  const sheet = () => ({
    columns: [
      { key: "stated", title: t.stated },
      { key: "missed", title: t.came },
      { key: "count", title: t.count },
    ],
    rows: points.map(([stated, missed, count]) => ({ stated: percent(stated), missed: percent(missed), count })),
  });
  return <Chart title={t.chance} option={option} sheet={sheet} height={260} />;
}
