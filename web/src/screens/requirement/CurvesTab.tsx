import { useMemo } from "react";
import { ALL, lineOf, useSeries } from "../../api/series";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import { PALETTE } from "../../shared/chart/colours";
import type { ChartOption } from "../../shared/chart/echarts";
import { timeAxis } from "../../shared/chart/timeAxis";
import { Loaded } from "../../shared/Loaded";
import { wall } from "../../shared/zone";
import { Controls } from "./Controls";
import { useRequirement } from "./useRequirement";
import { MEASURE_TEXTS } from "./words";

const TEXTS = texts(
  { title: "各队列需求", click: "点曲线上的任一点，看这个数字的公式。" },
  { title: "Requirement by queue", click: "Click on any point to see the formula behind it." },
);
const MARKS = ["circle", "diamond", "triangle", "rect", "pin", "roundRect", "arrow"];

/** Agents or calls of the queues over the days. */
export function CurvesTab() {
  const t = useTexts(TEXTS);
  const words = useTexts(MEASURE_TEXTS);
  const formats = useFormats();
  const name = useNameOf();
  const { week, chosen: queue, queues, measure, zone, openFormula } = useRequirement();
  const asked = useSeries("requirement", { from: week?.from, to: week?.to }, week !== undefined);
  const shown = useMemo(() => (queue === ALL ? queues : queues.filter((one) => one === queue)), [queue, queues]);
  const { data } = asked;
  const times = useMemo(() => (data?.timestamps ?? []).map((at) => wall(at, zone)), [data, zone]);
  const option = useMemo(
    (): ChartOption => ({
      grid: { left: 56, right: 16, top: 40, bottom: 64 },
      legend: { top: 0 },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => formats.number(value as number | null, 0) },
      xAxis: timeAxis(times, formats.day),
      yAxis: { type: "value", name: words[measure], nameTextStyle: { align: "left" } },
      dataZoom: [{ type: "inside" }, { type: "slider", height: 18, bottom: 8 }],
      series: shown.map((one, k) => ({
        type: "line" as const,
        name: name(one),
        color: PALETTE[k % PALETTE.length] ?? "#000",
        symbol: MARKS[k % MARKS.length] ?? "circle",
        symbolSize: 5,
        step: measure === "calls" ? false : ("middle" as const),
        triggerLineEvent: true,
        data: lineOf(data, measure, one),
      })),
    }),
    [data, shown, measure, times, formats, name, words],
  );
  return (
    <>
      <Controls span={week} queue="chosen" />
      <p>{t.click}</p>
      <Loaded asked={asked}>
        {(matrix) => (
          <Chart
            title={`${t.title} · ${words[measure]}`}
            option={option}
            height={440}
            onClick={(clicked) => {
              const queueClicked = shown.find((one) => name(one) === clicked.seriesName);
              if (queueClicked !== undefined) openFormula(queueClicked, matrix.timestamps[clicked.dataIndex]);
            }}
            sheet={() => ({
              columns: [{ key: "time", title: words.time }, ...shown.map((key) => ({ key, title: name(key) }))],
              rows: times.map((time, k) => ({
                time,
                ...Object.fromEntries(shown.map((one) => [one, Math.round(lineOf(matrix, measure, one)[k] ?? 0)])),
              })),
            })}
          />
        )}
      </Loaded>
    </>
  );
}
