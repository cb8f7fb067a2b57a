import { App } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { useFormats, usePreferences, useTexts } from "../../app/preferences";
import { colourOf } from "./colours";
import type { DayCover } from "./coverage";
import type { Breaches } from "./RosterView";
import type { Around } from "./rosterData";
import { type GridColumn, type GridRow, RosterGrid, type Told } from "./rosterGrid";
import type { CellChange, RosterModel } from "./rosterModel";
import { TEXTS } from "./texts";

type Props = {
  model: RosterModel;
  agents: number[];
  around: Around;
  before: ReadonlyMap<string, string>;
  breaches: Breaches;
  days: DayCover[];
  paid: ReadonlyMap<string, number>;
  editable: boolean;
  edits: number;
  grid: React.RefObject<RosterGrid | undefined>;
  onWritten: (changes: CellChange[]) => void;
  onCell: (cell: { agent: number; day: number }) => void;
};

const ROWS = ["required", "rostered", "cover", "service"] as const;
const nonce = () => document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";

/** The grid of a roster, with the cover of each day under its date. */
export function RosterCanvas(props: Props) {
  const { model, agents, around, before, breaches, editable, edits, grid, onWritten, onCell } = props;
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { theme } = usePreferences();
  const { message } = App.useApp();
  const place = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);
  const tops = useTops(props);
  const hears = useRef<(asked: { agent: number; day: number; text: string }[]) => void>(undefined);
  hears.current = (asked) => {
    const meant = asked.map(({ agent, day, text }) => ({ agent, day, code: model.codeOf(text), text }));
    const unknown = meant.find((one) => one.code === undefined);
    if (unknown !== undefined) {
      message.error(`${t.unknownCode}: ${unknown.text}`);
      return;
    }
    onWritten(model.change(meant as CellChange[]));
  };
  const topsNow = useRef(tops);
  topsNow.current = tops;

  useEffect(() => {
    let gone = false;
    const made =
      place.current &&
      RosterGrid.in(place.current, nonce(), {
        changed: (asked) => hears.current?.(asked),
        focused: (agent, day) => onCell({ agent, day }),
      });
    made?.then((one) => {
      if (gone) return one.remove();
      grid.current = one;
      setReady(true);
    });
    return () => {
      gone = true;
      setReady(false);
      grid.current?.remove();
      grid.current = undefined;
    };
  }, [grid, onCell]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: again when the grid is there
  useEffect(() => grid.current?.theme(theme === "dark"), [theme, grid, ready]);

  const told = useMemo((): Told => {
    const key = (agent: number, day: number) => `${model.agents[agent]} ${model.days[day]}`;
    return {
      columns: model.days.map((day, k): GridColumn => {
        const [lead = "", title = ""] = splitDay(formats.day(day));
        return { day: k, title, lead, kind: isWeekend(day) ? "weekend" : "workday" };
      }),
      heads: { name: t.name, team: t.team },
      rows: agents.map((a): GridRow => rowOf(model, around, a)),
      tops: topsNow.current,
      readonly: !editable,
      styleOf: (agent, day) => {
        const colour = colourOf(model.codeAt(agent, day), around.shifts);
        return colour ? { background: colour } : ({} as Record<string, string>);
      },
      classesOf: (agent, day) => ({
        edited: model.isChanged(agent, day),
        unlike: before.has(key(agent, day)),
        breach: breaches.has(key(agent, day)),
        wish: around.wishes.has(key(agent, day)),
        coloured: colourOf(model.codeAt(agent, day), around.shifts) !== undefined,
      }),
      titleOf: (agent, day) =>
        [before.has(key(agent, day)) ? `${t.before} ${before.get(key(agent, day))}` : "", ...(breaches.get(key(agent, day)) ?? [])]
          .filter(Boolean)
          .join("\n"),
      topClasses: (row, day) => ({
        top: true,
        short: row === 2 && Number(topsNow.current[2]?.[`d${day}`]?.replace(/[^\d.−-]/g, "").replace("−", "-")) < -4,
      }),
    };
  }, [model, agents, around, before, breaches, editable, formats, t]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: again when the grid is there
  useEffect(() => grid.current?.show(told), [told, grid, ready]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model is changed in place, and says so by `edits`
  useEffect(() => {
    const cells = agents.flatMap((agent) => model.days.map((_, day) => ({ agent, day, code: model.codeAt(agent, day) })));
    grid.current?.draw(edits === 0 ? [] : cells, tops);
  }, [edits, tops, ready]);

  return <div ref={place} className={editable ? "roster-grid" : "roster-grid still"} />;
}

/** Rows under the dates: hours required and rostered, their difference, service. Edits count at once by their paid hours. */
function useTops({ model, days, paid, edits }: Props): Record<string, string>[] {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model is changed in place, and says so by `edits`
  return useMemo(() => {
    const added = model.addedMinutes(paid);
    const cells = ROWS.map((row) => ({ name: t[row], team: "" }) as Record<string, string>);
    days.forEach((day, k) => {
      const rostered = day.rostered + (added[k] ?? 0) / 60;
      const values = [
        formats.number(day.required, 0),
        formats.number(rostered, 0),
        `${rostered >= day.required ? "+" : "−"}${formats.number(Math.abs(rostered - day.required), 0)}`,
        `${added[k] ? "≈" : ""}${formats.percent(day.service)}`,
      ];
      values.forEach((value, r) => {
        const cell = cells[r];
        if (cell !== undefined) cell[`d${k}`] = value;
      });
    });
    return cells;
  }, [model, days, paid, edits, formats, t]);
}

function rowOf(model: RosterModel, around: Around, a: number): GridRow {
  const agent = model.agents[a] ?? "";
  const staff = around.staff.get(agent);
  const cells = Object.fromEntries(model.days.map((_, k) => [`d${k}`, model.codeAt(a, k)]));
  return { ...cells, agent, index: String(a), name: `${staff?.name ?? ""} ${agent}`.trim(), team: String(staff?.team ?? "") };
}

const isWeekend = (day: string) => [0, 6].includes(new Date(`${day}T00:00Z`).getUTCDay());

/** Date and weekday apart: the one above the other in the head of the grid. */
function splitDay(text: string): [string, string] {
  const found = text.match(/^(.*?\d)\s*(\D+)$/) ?? text.match(/^(\D+?),?\s*(\d.*)$/);
  return found ? (/\d/.test(found[1] ?? "") ? [found[1] ?? "", found[2] ?? ""] : [found[2] ?? "", found[1] ?? ""]) : [text, ""];
}
