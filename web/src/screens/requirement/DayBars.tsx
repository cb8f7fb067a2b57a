import { useMemo } from "react";
import type { Line } from "../../api/series";
import { useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import type { ChartOption } from "../../shared/chart/echarts";
import { clockOf, dayOf, wall } from "../../shared/zone";
import { MEASURE_TEXTS } from "./words";

type Props = {
  title: string;
  day: string;
  zone: string;
  timestamps: string[];
  line: Line;
  onClick: (at: string | undefined) => void;
};

/** One day of a line, interval by interval. */
export function DayBars({ title, day, zone, timestamps, line, onClick }: Props) {
  const words = useTexts(MEASURE_TEXTS);
  const formats = useFormats();
  const shown = useMemo(
    () =>
      timestamps
        .map((at, k) => ({ at, walled: wall(at, zone), value: line[k] ?? null }))
        .filter((one) => dayOf(one.walled) === day),
    [timestamps, line, day, zone],
  );
  const option = useMemo(
    (): ChartOption => ({
      grid: { left: 56, right: 16, top: 12, bottom: 28 },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => formats.number(value as number | null, 0) },
      xAxis: { type: "category", data: shown.map((one) => clockOf(one.walled)) },
      yAxis: { type: "value" },
      series: [{ type: "bar", color: "#0072b2", barCategoryGap: "15%", data: shown.map((one) => one.value) }],
    }),
    [shown, formats],
  );
  return (
    <Chart
      title={title}
      option={option}
      height={200}
      onClick={(clicked) => onClick(shown[clicked.dataIndex]?.at)}
      sheet={() => ({
        columns: [
          { key: "time", title: words.time },
          { key: "value", title: title },
        ],
        rows: shown.map((one) => ({ time: one.walled, value: one.value })),
      })}
    />
  );
}
