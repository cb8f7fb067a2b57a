import { PictureOutlined, RedoOutlined, TableOutlined, UndoOutlined } from "@ant-design/icons";
import { Alert, Button, Flex, Select, Space } from "antd";
import { useMemo, useRef, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import type { Schemas } from "../../api/client";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Loaded, Nothing } from "../../shared/Loaded";
import { DayStepper, dayAfter, useCurrentRoster } from "../../shared/operatingDay";
import { Page } from "../../shared/Page";
import { SaveSheet, TableView } from "../../shared/TableView";
import { DayCanvas } from "./DayCanvas";
import { type Move, mealAt, midnight, QUARTER, quarterOf, type Span, shifted, spansOf, supplyOf } from "./dayModel";
import type { Scene } from "./draw";
import { useDay } from "./useDay";

const TEXTS = texts(
  {
    title: "日班次图",
    lead: (version: string, zone: string) => `依据版本 ${version}，时间为中心时区 ${zone}。拖动用餐时段，上方在线人数随之变化。`,
    team: "班组",
    allTeams: "全部班组",
    queue: "队列",
    allQueues: "全部队列",
    undo: "撤销",
    redo: "重做",
    table: "表格",
    chart: "图",
    png: "导出图片",
    help: "班次图：上下方向键选择坐席，左右方向键移动用餐 15 分钟，Ctrl+Z 撤销",
    none: "这一天没有班次：换一天，或先排班并发布。",
    noneHere: "所选班组和队列当天无人上班：请放宽筛选。",
    trial: (count: number) => `试排：已移动 ${count} 处用餐，尚未写入班表。可导出后交班组执行。`,
    agent: "坐席",
    name: "姓名",
    code: "班次",
    start: "上班",
    end: "下班",
    meal: "用餐",
    mealBegins: "用餐开始",
    mealMinutes: "用餐（分钟）",
    breaks: "小休",
    required: "需求人数",
    rostered: "在班人数",
    picture: (day: string, count: number) => `${day} 日班次图，${count} 名坐席；内容见表格`,
    chosen: (name: string, code: string, meal: string) => `${name}：${code}，用餐 ${meal}`,
  },
  {
    title: "Day chart",
    lead: (version: string, zone: string) =>
      `Version ${version}, times in the centre's zone ${zone}. Drag meals: the coverage above follows.`,
    team: "Team",
    allTeams: "All teams",
    queue: "Queue",
    allQueues: "All queues",
    undo: "Undo",
    redo: "Redo",
    table: "Table",
    chart: "Chart",
    png: "Save as a picture",
    help: "Shifts: up and down choose an agent, left and right move the meal by 15 minutes, Ctrl+Z undoes",
    none: "There are no shifts on this day: choose another, or plan and publish a roster first.",
    noneHere: "Nobody of this team and queue works on this day: widen the filter.",
    trial: (count: number) => `Trial, not written to the roster. Meals moved: ${count}. Export them for the teams.`,
    agent: "Agent",
    name: "Name",
    code: "Shift",
    start: "From",
    end: "To",
    meal: "Meal",
    mealBegins: "Meal begins",
    mealMinutes: "Meal (min)",
    breaks: "Breaks",
    required: "Required",
    rostered: "Rostered",
    picture: (day: string, count: number) => `Shifts of ${count} agents on ${day}; the table tells the same`,
    chosen: (name: string, code: string, meal: string) => `${name}: ${code}, meal ${meal}`,
  },
);

export default function DayPage() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const { roster, day } = useCurrentRoster(useParams()["*"] || undefined);
  const to = (other: string) => navigate(`/c/${centre}/day/${other}?${query}`);
  return (
    <Loaded asked={roster}>
      {(current) => <Chosen key={`${current.version}/${day}`} {...{ current, day, to, title: t.title }} />}
    </Loaded>
  );
}

type ChosenProps = { current: { version: string }; day: string; to: (day: string) => void; title: string };

/** The zone is known: then the day can be laid out. */
function Chosen({ current, day, to, title }: ChosenProps) {
  const t = useTexts(TEXTS);
  const asked = useDay(current.version, day);
  const zone = asked.settings.data?.zone;
  return (
    <Page title={title} lead={zone && t.lead(current.version, zone)} actions={<DayStepper day={day} onChange={to} />}>
      <Loaded asked={asked.days}>{(days) => zone && <Board {...{ asked, days, day, zone }} />}</Loaded>
    </Page>
  );
}

type BoardProps = { asked: ReturnType<typeof useDay>; days: Schemas["DayOut"][]; day: string; zone: string };

function Board({ asked, days, day, zone }: BoardProps) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const queueName = useNameOf();
  const [query, setQuery] = useSearchParams();
  const [team, queue] = [query.get("team"), query.get("queue")];
  const [moves, setMoves] = useState<Move[]>([]);
  const [undone, setUndone] = useState<Move[]>([]);
  const [going, setGoing] = useState<Move>();
  const [chosen, setChosen] = useState<string>();
  const [asTable, setAsTable] = useState(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const from = useMemo(() => midnight(day, zone), [day, zone]);
  const next = Math.round((midnight(dayAfter(day), zone) - from) / QUARTER);
  const all = useMemo(
    () =>
      spansOf(
        days,
        (asked.shifts.data ?? []).map(({ row }) => row as { code: string }),
        from,
      ),
    [days, asked.shifts.data, from],
  );
  const people = useMemo(() => new Map(asked.people.map((one) => [one.agent, one])), [asked.people]);
  const time = (quarter: number) => formats.time(new Date(from + quarter * QUARTER).toISOString(), zone);
  const name = (agent: string) => `${people.get(agent)?.name ?? ""} ${agent}`.trim();
  const spans = useMemo(() => {
    const shown = ({ agent }: Span) => {
      const one = people.get(agent);
      return (!team || one?.team === team) && (!queue || one?.skills.includes(queue));
    };
    return all.filter(shown).sort((a, b) => a.start - b.start || a.agent.localeCompare(b.agent));
  }, [all, people, team, queue]);
  const rows = useMemo(() => [...new Set(spans.map((span) => span.agent))], [spans]);
  const standing = going ? [...moves, going] : moves;
  const last = Math.max(next, ...spans.map((span) => span.end));
  const lines = (asked.coverage.data ?? []).filter((line) => !queue || line.queue === queue);
  const scene: Scene = {
    spans,
    rows,
    tasks: (asked.placements.data ?? []).flatMap(({ row, key }) => {
      const start = quarterOf(String(row.start), from);
      const end = start + Number(row.minutes) / 15;
      const agents = Array.isArray(row.agents) ? row.agents.map(String) : [];
      return agents.map((agent) => ({ id: key, agent, name: String(row.task), start, end }));
    }),
    moves: standing,
    supply: supplyOf(lines, asked.settings.data?.interval_minutes ?? 30, from, last),
    change: shifted(spans, standing, last),
    span: [0, last],
    hour: time,
    name,
    midnights: [0, next],
    chosen,
    labels: { required: t.required, rostered: t.rostered, meal: t.meal },
  };
  const move = (span: Span, to: number, done: boolean) => {
    setGoing(done ? undefined : { id: span.id, to });
    if (!done || to === mealAt(span, moves)) return;
    setMoves([...moves, { id: span.id, to }]);
    setUndone([]);
  };
  const undo = () => {
    const gone = moves.at(-1);
    if (gone) setUndone([...undone, gone]);
    setMoves(moves.slice(0, -1));
  };
  const redo = () => {
    const back = undone.at(-1);
    if (back) setMoves([...moves, back]);
    setUndone(undone.slice(0, -1));
  };
  const moved = all.filter((span) => span.meal && mealAt(span, moves) !== span.meal.start).length;
  const mealTime = (span: Span) => (span.meal ? time(mealAt(span, standing) ?? 0) : "–");
  const sheet = () => ({
    columns: (["agent", "name", "code", "start", "end", "mealBegins", "mealMinutes", "breaks"] as const).map((key) => ({
      key,
      title: t[key],
    })),
    rows: spans.map((span) => ({
      agent: span.agent,
      name: people.get(span.agent)?.name,
      code: span.code,
      start: time(span.start),
      end: time(span.end),
      mealBegins: mealTime(span),
      mealMinutes: span.meal ? span.meal.length * 15 : null,
      breaks: span.breaks.map(time).join(" "),
    })),
  });
  const picture = () =>
    canvas.current?.toBlob(async (blob) => blob && (await import("../../shared/save")).saveAs(blob, `${t.title} ${day}.png`));
  const set = (key: string) => (value: string) => {
    const told = new URLSearchParams(query);
    if (value) told.set(key, value);
    else told.delete(key);
    setQuery(told, { replace: true });
  };
  const teams = [...new Set(asked.people.map((one) => one.team))].sort();
  const queues = [...new Set((asked.coverage.data ?? []).map((line) => line.queue))];
  const choice = spans.find((span) => span.agent === chosen);
  if (all.length === 0) return <Nothing why={t.none} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: undo and redo by key anywhere on the board
    <section
      onKeyDown={(event) => {
        if (!(event.ctrlKey || event.metaKey)) return;
        if (event.key === "z") undo();
        if (event.key === "y") redo();
      }}
    >
      <Flex gap="small" wrap align="center" className="table-head">
        <Select
          aria-label={t.team}
          value={team ?? ""}
          showSearch
          options={[{ value: "", label: t.allTeams }, ...teams.map((value) => ({ value, label: value }))]}
          onChange={set("team")}
          style={{ minWidth: 120 }}
        />
        <Select
          aria-label={t.queue}
          value={queue ?? ""}
          options={[{ value: "", label: t.allQueues }, ...queues.map((value) => ({ value, label: queueName(value) }))]}
          onChange={set("queue")}
          popupMatchSelectWidth={false}
          style={{ minWidth: 140 }}
        />
        <Space.Compact>
          <Button icon={<UndoOutlined />} aria-label={t.undo} title={t.undo} disabled={moves.length === 0} onClick={undo} />
          <Button icon={<RedoOutlined />} aria-label={t.redo} title={t.redo} disabled={undone.length === 0} onClick={redo} />
        </Space.Compact>
        <span aria-live="polite">{choice && t.chosen(name(choice.agent), choice.code, mealTime(choice))}</span>
        <Flex gap={4} align="center" style={{ marginInlineStart: "auto" }}>
          <Button size="small" icon={<TableOutlined />} onClick={() => setAsTable(!asTable)}>
            {asTable ? t.chart : t.table}
          </Button>
          {!asTable && <Button size="small" icon={<PictureOutlined />} aria-label={t.png} title={t.png} onClick={picture} />}
          <SaveSheet name={`${t.title} ${day}`} sheet={sheet} />
        </Flex>
      </Flex>
      {moved > 0 && <Alert type="info" showIcon title={t.trial(moved)} className="problem" />}
      {rows.length === 0 && <Nothing why={t.noneHere} />}
      {rows.length > 0 && asTable && <TableView caption={t.picture(day, rows.length)} {...sheet()} />}
      {rows.length > 0 && !asTable && (
        <DayCanvas {...{ scene, canvas }} label={t.picture(day, rows.length)} help={t.help} onChoose={setChosen} onMove={move} />
      )}
    </section>
  );
}
