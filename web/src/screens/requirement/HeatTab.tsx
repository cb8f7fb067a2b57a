import { Button, Flex } from "antd";
import { useMemo } from "react";
import { Link } from "react-router";
import { ALL, lineOf, useSeries } from "../../api/series";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import { Loaded } from "../../shared/Loaded";
import { clockOf, dayOf, wall } from "../../shared/zone";
import { Controls } from "./Controls";
import { DayBars } from "./DayBars";
import { type Heat, heatOf } from "./heat";
import { heatOption } from "./heatOption";
import { useRequirement } from "./useRequirement";
import { MEASURE_TEXTS } from "./words";

const TEXTS = texts(
  { title: "日期 × 时段", few: "少", many: "多", click: "点一格看那一天；再点柱子，看这个数字的公式。" },
  {
    title: "Days by times of day",
    few: "Few",
    many: "Many",
    click: "Click on a cell to see its day, and on a bar to see the formula behind it.",
  },
);

/** The requirement by day and time of day; a click shows the day. */
export function HeatTab() {
  const t = useTexts(TEXTS);
  const words = useTexts(MEASURE_TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const name = useNameOf();
  const { month, queue, one, measure, zone, day, ask, openFormula } = useRequirement();
  const asked = useSeries("requirement", { from: month?.from, to: month?.to }, month !== undefined);
  const { data } = asked;
  const heat = useMemo(() => heatOf(data?.timestamps ?? [], lineOf(data, measure, queue), zone), [data, measure, queue, zone]);
  const option = useMemo(() => {
    const tip = (at: number, value: number) => {
      const walled = wall(data?.timestamps[at] ?? 0, zone);
      return `${formats.day(dayOf(walled))} ${clockOf(walled)}\n${words[measure]}  ${formats.number(value, 0)}`;
    };
    return heatOption(heat, { day: formats.day, tip, few: t.few, many: t.many });
  }, [heat, data, measure, zone, formats, words, t]);
  const label = queue === ALL ? words[measure] : `${name(queue)} · ${words[measure]}`;
  const shownDay = day !== undefined && heat.days.includes(day) ? day : heat.days[0];
  return (
    <>
      <Controls span={month} />
      <p>{t.click}</p>
      <Loaded asked={asked}>
        {(matrix) => (
          <>
            <Chart
              title={`${t.title} · ${label}`}
              option={option}
              height={Math.min(640, 120 + 20 * heat.days.length)}
              onClick={(clicked) => ask({ day: heat.days[(clicked.value as number[])[1] ?? 0] })}
              sheet={() => heatSheet(heat, words.date)}
            />
            {shownDay && (
              <DayBars
                title={`${formats.day(shownDay)} · ${label}`}
                day={shownDay}
                zone={zone}
                timestamps={matrix.timestamps}
                line={lineOf(matrix, measure, queue)}
                onClick={(at) => openFormula(queue === ALL ? one : queue, at)}
              />
            )}
            <Flex gap="small">
              {shownDay && (
                <Link to={`/c/${centre}/day/${shownDay}`}>
                  <Button>{words.toDay}</Button>
                </Link>
              )}
            </Flex>
          </>
        )}
      </Loaded>
    </>
  );
}

/** A heat map as a table: a row for each day. */
export function heatSheet({ days, clocks, cells }: Heat, date: string) {
  const rows = days.map((day): Record<string, unknown> => ({ date: day }));
  for (const [slot, day, value] of cells) {
    const row = rows[day];
    if (row) row[clocks[slot] ?? ""] = Math.round(value * 10) / 10;
  }
  return { columns: [{ key: "date", title: date }, ...clocks.map((key) => ({ key, title: key }))], rows };
}
