import type { ChartOption } from "../../shared/chart/echarts";
import { timeAxis } from "../../shared/chart/timeAxis";
import { BANDS, type Fan } from "./fan";

export type FanWords = {
  mean: string;
  came: string;
  before: string;
  against: string;
  preview: string;
  band: (share: number) => string;
  calls: string;
  label: (walled: string) => string;
  day: (day: string) => string;
  number: (value: number) => string;
};

const BLUE = "#0072b2";
const OPACITY = { 0.95: 0.12, 0.8: 0.2, 0.5: 0.32 };

/** The fan as ECharts draws it: each band is a hidden line and the width above it. */
export function fanOption(fan: Fan, words: FanWords): ChartOption {
  const bands = BANDS.filter((band) => fan.quantiles[band.low] !== undefined).flatMap((band) => {
    const [low, high] = [fan.quantiles[band.low] ?? [], fan.quantiles[band.high] ?? []];
    const plain = { type: "line" as const, symbol: "none", lineStyle: { opacity: 0 }, silent: true, stack: String(band.share) };
    return [
      { ...plain, name: `${words.band(band.share)} ↓`, data: low },
      {
        ...plain,
        name: words.band(band.share),
        color: BLUE,
        areaStyle: { color: BLUE, opacity: OPACITY[band.share] },
        data: high.map((value, k) => (value === null ? null : value - (low[k] ?? 0))),
      },
    ];
  });
  const line = (name: string, data: (number | null)[], color: string, more: object = {}) =>
    data.some((value) => value !== null) ? [{ type: "line" as const, name, data, color, symbol: "none", ...more }] : [];
  const entry = ({ share }: (typeof BANDS)[number]) => ({
    name: words.band(share),
    icon: "roundRect",
    itemStyle: { color: BLUE, opacity: OPACITY[share] + 0.1 },
  });
  const series = [
    ...bands,
    ...line(words.before, fan.before, "#7f7f7f", { lineStyle: { type: "dotted", width: 1.5 } }),
    ...line(words.against, fan.against, "#009e73", { lineStyle: { type: "dashed", width: 1.5 } }),
    ...line(words.mean, fan.mean, BLUE, { lineStyle: { width: 2 } }),
    ...line(words.preview, fan.preview, "#d55e00", { lineStyle: { type: "dashed", width: 2.5 } }),
    ...line(words.came, fan.came, "#e69f00", { lineStyle: { width: 1.5 }, symbol: "circle", symbolSize: 3, showSymbol: true }),
  ];
  return {
    grid: { left: 56, right: 16, top: 40, bottom: 64 },
    legend: {
      top: 0,
      data: [...BANDS.map(entry), ...series.filter((one) => !("stack" in one)).map((one) => ({ name: one.name }))],
    },
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // nothing with style attributes, which the content security policy refuses
      formatter: (told) => tipOf(fan, words, (Array.isArray(told) ? told[0]?.dataIndex : told.dataIndex) ?? 0),
    },
    xAxis: { ...timeAxis(fan.walls, words.day), boundaryGap: false },
    yAxis: { type: "value", name: words.calls, nameTextStyle: { align: "left" } },
    dataZoom: [{ type: "inside" }, { type: "slider", height: 18, bottom: 8 }],
    series,
  };
}

function tipOf(fan: Fan, words: FanWords, k: number): string {
  const line = (name: string, value: number | null | undefined) => (value == null ? [] : [`${name}  ${words.number(value)}`]);
  const bands = [...BANDS].reverse().flatMap((band) => {
    const [low, high] = [fan.quantiles[band.low]?.[k], fan.quantiles[band.high]?.[k]];
    return low == null || high == null ? [] : [`${words.band(band.share)}  ${words.number(low)} – ${words.number(high)}`];
  });
  return [
    words.label(fan.walls[k] ?? ""),
    ...line(words.mean, fan.mean[k]),
    ...bands,
    ...line(words.came, fan.came[k]),
    ...line(words.preview, fan.preview[k]),
    ...line(words.against, fan.against[k]),
    ...line(words.before, fan.before[k]),
  ].join("\n");
}
