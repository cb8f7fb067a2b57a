import { useMemo } from "react";
import { useFacts } from "../../app/facts";
import { useFormats, useTexts } from "../../app/preferences";
import { Chart, type Clicked } from "../../shared/chart/Chart";
import { LEVELS } from "../../shared/chart/colours";
import type { ChartOption } from "../../shared/chart/echarts";
import { heightOf, LEVEL_NAMES, useLevelName } from "../../shared/Level";
import { TEXTS } from "./texts";
import { daysOf, type Warning } from "./warning";

type Cell = { queue: string; day: string; height: number };

/** Highest level of each queue and day. */
function cellsOf(warnings: Warning[], zone: string): Cell[] {
  const highest = new Map<string, Cell>();
  for (const { row } of warnings) {
    for (const day of daysOf(row, zone)) {
      const cell = { queue: String(row.queue), day, height: heightOf(row.level) };
      const key = `${cell.queue} ${day}`;
      if ((highest.get(key)?.height ?? 0) < cell.height) highest.set(key, cell);
    }
  }
  return [...highest.values()];
}

/** Days by queues: a cell's colour and mark are its highest level. */
export function LevelMap({ warnings, onChoose }: { warnings: Warning[]; onChoose: (queue: string, day: string) => void }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const levelName = useLevelName();
  const { zone, nameOf } = useFacts();
  const cells = useMemo(() => cellsOf(warnings, zone), [warnings, zone]);
  const days = [...new Set(cells.map((cell) => cell.day))].sort();
  const queues = [...new Set(cells.map((cell) => cell.queue))].sort();
  const option: ChartOption = {
    grid: { left: 8, right: 8, top: 8, bottom: 48, containLabel: true },
    tooltip: {
      formatter: (told) => {
        const [day, queue, height] = (told as unknown as Clicked).value as [number, number, number];
        return `${formats.day(days[day] ?? "")} ${nameOf(queues[queue] ?? "")}: ${levelName(LEVEL_NAMES[height - 1])}`;
      },
    },
    xAxis: { type: "category", data: days.map(formats.day) },
    yAxis: { type: "category", data: queues.map(nameOf) },
    visualMap: {
      type: "piecewise",
      orient: "horizontal",
      left: "center",
      bottom: 0,
      pieces: LEVEL_NAMES.map((level, k) => ({
        value: k + 1,
        label: `${LEVELS[level].mark} ${levelName(level)}`,
        color: LEVELS[level].colour,
      })),
    },
    series: [
      {
        type: "heatmap",
        progressive: 0,
        data: cells.map((cell) => [days.indexOf(cell.day), queues.indexOf(cell.queue), cell.height]),
        label: {
          show: true,
          color: "#fff",
          formatter: (told) => LEVELS[LEVEL_NAMES[((told.value as number[])[2] ?? 1) - 1] ?? "blue"].mark,
        },
        itemStyle: { borderWidth: 1, borderColor: "#8884" },
      },
    ],
  };
  const sheet = () => ({
    columns: [
      { key: "day", title: t.day },
      { key: "queue", title: t.queue },
      { key: "level", title: t.level },
    ],
    rows: cells.map((cell) => ({ day: cell.day, queue: nameOf(cell.queue), level: levelName(LEVEL_NAMES[cell.height - 1]) })),
  });
  const choose = ({ value }: Clicked) => {
    const [day, queue] = value as [number, number];
    onChoose(queues[queue] ?? "", days[day] ?? "");
  };
  return <Chart title={t.heat} option={option} sheet={sheet} height={100 + 30 * queues.length} onClick={choose} />;
}
