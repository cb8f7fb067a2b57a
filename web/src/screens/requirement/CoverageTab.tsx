import { Flex, Statistic } from "antd";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { ALL, isMissing, lineOf, useSeries } from "../../api/series";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import { Loaded, Nothing } from "../../shared/Loaded";
import { clockOf, dayOf, wall } from "../../shared/zone";
import { Controls } from "./Controls";
import { heatSheet } from "./HeatTab";
import { gaps, heatOf, minutesOf, shortOf } from "./heat";
import { heatOption } from "./heatOption";
import { useRequirement } from "./useRequirement";
import { MEASURE_TEXTS } from "./words";

const TEXTS = texts(
  {
    title: "生效班表：在班人数减需求",
    none: "还没有发布的班表：排班并发布后，这里显示覆盖情况。",
    click: "点一格打开当日排班。橙色为缺人，紫色为富余。",
    few: "缺",
    many: "余",
    required: "需求",
    rostered: "在班",
    gap: "差",
    service: "预计服务水平",
    short: "缺人时段",
    hours: "缺口（人时）",
    worst: "最大缺口（人）",
  },
  {
    title: "Roster in force: rostered less required",
    none: "No roster is published yet: plan and publish one to see how it covers.",
    click: "Click on a cell to open its day. Orange is short, violet is more than needed.",
    few: "Short",
    many: "More",
    required: "Required",
    rostered: "Rostered",
    gap: "Difference",
    service: "Service level expected",
    short: "Intervals short",
    hours: "Short, agent-hours",
    worst: "Largest gap, agents",
  },
);

/** How the roster in force covers what is required; a click opens the day. */
export function CoverageTab() {
  const t = useTexts(TEXTS);
  const words = useTexts(MEASURE_TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const navigate = useNavigate();
  const name = useNameOf();
  const { month, queue, zone } = useRequirement();
  const asked = useSeries("coverage", { from: month?.from, to: month?.to }, month !== undefined);
  const { data } = asked;
  const required = useMemo(() => lineOf(data, "required", queue), [data, queue]);
  const rostered = useMemo(() => lineOf(data, "rostered", queue), [data, queue]);
  const gap = useMemo(() => gaps(required, rostered), [required, rostered]);
  const heat = useMemo(() => heatOf(data?.timestamps ?? [], gap, zone), [data, gap, zone]);
  const option = useMemo(() => {
    const service = queue === ALL ? [] : lineOf(data, "service_level", queue);
    const tip = (at: number, value: number) => {
      const walled = wall(data?.timestamps[at] ?? 0, zone);
      const told = [
        `${formats.day(dayOf(walled))} ${clockOf(walled)}`,
        `${t.required}  ${formats.number(required[at], 0)}`,
        `${t.rostered}  ${formats.number(rostered[at], 0)}`,
        `${t.gap}  ${value > 0 ? "+" : ""}${formats.number(value, 0)}`,
      ];
      return (service[at] == null ? told : [...told, `${t.service}  ${formats.percent(service[at], 1)}`]).join("\n");
    };
    return heatOption(heat, { day: formats.day, tip, few: t.few, many: t.many }, true);
  }, [heat, data, queue, zone, required, rostered, formats, t]);
  if (isMissing(asked.error) || data?.timestamps.length === 0) return <Nothing why={t.none} />;
  const told = shortOf(required, gap, minutesOf(data?.timestamps ?? []));
  return (
    <>
      <Controls span={month} measures={false} />
      <Loaded asked={asked}>
        {() => (
          <>
            <Flex gap="large" wrap className="facts">
              <Statistic title={t.short} value={`${formats.number(told.short, 0)} / ${formats.number(told.intervals, 0)}`} />
              <Statistic title={t.hours} value={formats.number(told.agentHours, 0)} />
              <Statistic title={t.worst} value={formats.number(told.worst, 0)} />
            </Flex>
            <p>{t.click}</p>
            <Chart
              title={`${t.title}${queue === ALL ? "" : ` · ${name(queue)}`}`}
              option={option}
              height={Math.min(700, 120 + 20 * heat.days.length)}
              onClick={(clicked) => navigate(`/c/${centre}/day/${heat.days[(clicked.value as number[])[1] ?? 0]}`)}
              sheet={() => heatSheet(heat, words.date)}
            />
          </>
        )}
      </Loaded>
    </>
  );
}
