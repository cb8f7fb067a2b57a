import { DIVERGING, SEQUENTIAL } from "../../shared/chart/colours";
import type { ChartOption } from "../../shared/chart/echarts";
import { darkest, type Heat, shadeOf } from "./heat";

type Words = { day: (day: string) => string; tip: (at: number, value: number) => string; few: string; many: string };

/** Days by times of day as ECharts draws them; around nought where too few and too many are told apart. */
export function heatOption({ days, clocks, cells }: Heat, words: Words, diverging = false): ChartOption {
  const top = darkest(cells);
  return {
    grid: { left: 96, right: 16, top: 12, bottom: 84 },
    tooltip: {
      renderMode: "richText",
      formatter: (told) => {
        const cell = (Array.isArray(told) ? told[0] : told)?.value as number[] | undefined;
        return words.tip(cell?.[3] ?? 0, cell?.[2] ?? 0);
      },
    },
    xAxis: { type: "category", data: clocks, splitArea: { show: false } },
    yAxis: { type: "category", data: days.map(words.day), inverse: true },
    visualMap: {
      type: "continuous",
      dimension: 4,
      min: diverging ? -top : 0,
      max: top,
      inRange: { color: diverging ? DIVERGING : SEQUENTIAL },
      calculable: true,
      orient: "horizontal",
      left: "center",
      bottom: 4,
      text: [words.many, words.few],
      formatter: (shade) => String(Math.round(Number(shade) * Math.abs(Number(shade)))),
    },
    series: [
      {
        type: "heatmap",
        progressive: 0,
        data: cells.map((cell) => [...cell, shadeOf(cell[2])]),
        itemStyle: { borderWidth: 0.5, borderColor: "#8882" },
        // what is short is told by its number too, not by the colour alone
        label: { show: diverging, fontSize: 9, formatter: ({ value }) => shortage(value) },
      },
    ],
  };
}

function shortage(value: unknown): string {
  const short = Math.round((value as number[])[2] ?? 0);
  return short < 0 ? `−${-short}` : "";
}
