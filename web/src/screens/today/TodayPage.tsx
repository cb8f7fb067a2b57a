import { Alert, Button, Card, Flex, Select, Statistic } from "antd";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Loaded, Nothing } from "../../shared/Loaded";
import { DayStepper, useCurrentRoster } from "../../shared/operatingDay";
import { Page } from "../../shared/Page";
import { Curves } from "./Curves";
import { Deeds, LevelTag, Warnings } from "./Responses";
import { type Interval, localMinute, soFar } from "./todayModel";
import { useToday, type Warning } from "./useToday";

const TEXTS = texts(
  {
    title: "当日看板",
    lead: (day: string, zone: string) => `${day}，时间为中心时区 ${zone}。点击曲线可选定时段。`,
    queue: "队列",
    all: "全部队列",
    interval: "时段",
    dayChart: "日班次图",
    none: "这一天没有预测或班表：换一天，或先预测并排班。",
    actual: "已来电 / 预测",
    noActual: "当日尚无实际话务",
    people: "在班 / 需求（人）",
    short: (count: string) => `缺 ${count} 人`,
    enough: "满足需求",
    service: "预计服务水平",
    lowest: (time: string, level: string) => `全天最低 ${level}（${time}）`,
    warnings: "当日预警（条）",
  },
  {
    title: "Today",
    lead: (day: string, zone: string) => `${day}, times in the centre's zone ${zone}. Click a curve to choose an interval.`,
    queue: "Queue",
    all: "All queues",
    interval: "Interval",
    dayChart: "Day chart",
    none: "There is no forecast or roster of this day: choose another, or forecast and plan first.",
    actual: "Calls so far / forecast",
    noActual: "No calls of this day yet",
    people: "Rostered / required (agents)",
    short: (count: string) => `${count} short`,
    enough: "Enough",
    service: "Projected service level",
    lowest: (time: string, level: string) => `Lowest of the day ${level} (${time})`,
    warnings: "Warnings of the day",
  },
);

export default function TodayPage() {
  const { roster, day } = useCurrentRoster(useParams()["*"] || undefined);
  if (roster.isLoading) return <Loaded asked={roster}>{() => null}</Loaded>;
  return <Board key={day} day={day} />;
}

function Board({ day }: { day: string }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const navigate = useNavigate();
  const queueName = useNameOf();
  const [query, setQuery] = useSearchParams();
  const queue = query.get("queue");
  const { coverage, intervals, queues, warnings, zone } = useToday(day, queue);
  const set = (key: string, value: string) => {
    const told = new URLSearchParams(query);
    if (value) told.set(key, value);
    else told.delete(key);
    setQuery(told, { replace: true });
  };
  const chosen = intervalAt(intervals, query.get("at"));
  return (
    <Page
      title={t.title}
      lead={zone && t.lead(formats.day(day), zone)}
      actions={
        <>
          <Select
            aria-label={t.queue}
            value={queue ?? ""}
            options={[{ value: "", label: t.all }, ...queues.map((value) => ({ value, label: queueName(value) }))]}
            onChange={(value) => set("queue", value)}
            popupMatchSelectWidth={false}
          />
          <Select
            aria-label={t.interval}
            value={chosen?.at ?? null}
            options={intervals.map(({ at }) => ({ value: at, label: formats.time(at, zone) }))}
            onChange={(value) => value && set("at", value)}
            popupMatchSelectWidth={false}
          />
          <DayStepper day={day} onChange={(other) => navigate(`/c/${centre}/today/${other}${queue ? `?queue=${queue}` : ""}`)} />
          <Link to={`/c/${centre}/day/${day}`}>
            <Button>{t.dayChart}</Button>
          </Link>
        </>
      }
    >
      <Loaded asked={coverage}>
        {() =>
          zone && chosen ? (
            <div className="today">
              <Figures {...{ intervals, chosen, warnings, zone }} />
              <div className="today-columns">
                <div>
                  <Curves intervals={intervals} zone={zone} chosen={chosen.at} onChoose={(at) => set("at", at)} />
                </div>
                <div>
                  <Warnings warnings={warnings} zone={zone} day={day} />
                  <Deeds at={localMinute(chosen.at, zone)} now={chosen.at} zone={zone} />
                </div>
              </div>
            </div>
          ) : (
            <Alert type="info" title={<Nothing why={t.none} />} />
          )
        }
      </Loaded>
    </Page>
  );
}

/** The interval asked for; else now, else that after the last calls known; of a day that is over the one with the lowest service. */
function intervalAt(intervals: Interval[], at: string | null): Interval | undefined {
  const now = new Date().toISOString();
  const asked = intervals.find((one) => one.at === at);
  const within = (intervals.at(-1)?.at ?? "") > now ? intervals.findLast((one) => one.at <= now) : undefined;
  const known = intervals.findLastIndex((one) => one.actual !== null);
  return asked ?? within ?? intervals[known + 1] ?? lowestOf(intervals) ?? intervals.at(-1);
}

function lowestOf(intervals: Interval[]): Interval | undefined {
  const served = intervals.filter((one) => one.service !== null);
  return served.sort((a, b) => (a.service ?? 1) - (b.service ?? 1))[0];
}

type FiguresProps = { intervals: Interval[]; chosen: Interval; warnings: Warning[]; zone: string };

function Figures({ intervals, chosen, warnings, zone }: FiguresProps) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const calls = soFar(intervals);
  const gap = chosen.required - chosen.rostered;
  const lowest = lowestOf(intervals);
  const worst = ["red", "orange", "yellow", "blue"].find((level) => warnings.some((one) => one.level === level));
  const time = formats.time(chosen.at, zone);
  const ratio = calls.forecast > 0 ? calls.actual / calls.forecast - 1 : undefined;
  return (
    <Flex gap="middle" wrap>
      <Card size="small" className="figure">
        <Statistic title={t.actual} value={`${formats.number(calls.actual, 0)} / ${formats.number(calls.forecast, 0)}`} />
        <span>{ratio === undefined ? t.noActual : `${ratio < 0 ? "▼" : "▲"} ${formats.percent(Math.abs(ratio), 1)}`}</span>
      </Card>
      <Card size="small" className="figure">
        <Statistic
          title={`${t.people} · ${time}`}
          value={`${formats.number(chosen.rostered, 0)} / ${formats.number(chosen.required, 0)}`}
        />
        <span>{gap >= 0.5 ? `▼ ${t.short(formats.number(gap, 0))}` : `✓ ${t.enough}`}</span>
      </Card>
      <Card size="small" className="figure">
        <Statistic title={`${t.service} · ${time}`} value={formats.percent(chosen.service, 0)} />
        <span>{lowest && t.lowest(formats.time(lowest.at, zone), formats.percent(lowest.service))}</span>
      </Card>
      <Card size="small" className="figure">
        <Statistic title={t.warnings} value={warnings.length} />
        <span>{worst && <LevelTag level={worst} />}</span>
      </Card>
    </Flex>
  );
}
