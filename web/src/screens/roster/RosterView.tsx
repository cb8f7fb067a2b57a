import "./roster.css";
import { Alert, Segmented, Spin } from "antd";
import { useCallback, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { useCentre } from "../../app/centre";
import { useFacts } from "../../app/facts";
import { useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Loaded } from "../../shared/Loaded";
import { Page } from "../../shared/Page";
import { SaveSheet, TableView } from "../../shared/TableView";
import { CellPanel } from "./CellPanel";
import { daysCovered } from "./coverage";
import { Filters, type Shown, shownAgents } from "./Filters";
import { Legend } from "./Legend";
import { RosterCanvas } from "./RosterCanvas";
import {
  type Around,
  paidMinutes,
  useAround,
  useCover,
  useDifferences,
  useMatrix,
  useVerdict,
  useVersion,
  type Version,
} from "./rosterData";
import type { RosterGrid } from "./rosterGrid";
import { type CellChange, DAY_OFF, type Matrix, RosterModel } from "./rosterModel";
import { Standing } from "./Standing";
import { StateTag } from "./StateTag";
import { TEXTS } from "./texts";

/** A version of the roster: its grid, what stands around it, and what can be done with it. */
export function RosterView({ version }: { version: string }) {
  const centre = useCentre();
  const told = useVersion(centre, version);
  const matrix = useMatrix(centre, version);
  const around = useAround(centre);
  if (around.staff.size === 0 || around.shifts.size === 0) return <Spin className="waiting" />;
  return (
    <Loaded asked={told}>
      {(one) => <Loaded asked={matrix}>{(read) => <Editor key={version} version={one} matrix={read} around={around} />}</Loaded>}
    </Loaded>
  );
}

type EditorProps = { version: Version & { tag: string }; matrix: Matrix; around: Around };
const LEAVE = ["AL", "SL", "TR", "LEFT"];

function Editor({ version, matrix, around }: EditorProps) {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const { zone, minutes } = useFacts();
  const [query, setQuery] = useSearchParams();
  const view = query.get("view") === "table" ? "table" : "grid";
  const [shown, setShown] = useState<Shown>({ text: "", team: "", skill: "", only: "all", sort: "team", queue: "" });
  const [cell, setCell] = useState<{ agent: number; day: number }>();
  const [edits, setEdits] = useState(0); // how often the model has changed: it is not React's
  const grid = useRef<RosterGrid>(undefined);
  const model = useMemo(() => new RosterModel(matrix, [...around.shifts.keys(), ...LEAVE]), [matrix, around.shifts]);
  const verdict = useVerdict(centre, version.version);
  const cover = useCover(centre, version.version);
  const differences = useDifferences(centre, version.version);
  const editable = useMay("data:write") && version.state === "published";
  const paid = useMemo(() => paidMinutes(around.shifts), [around.shifts]);
  const before = useMemo(
    () => new Map((differences.data ?? []).map((one) => [`${one.agent} ${one.date}`, one.before.code])),
    [differences.data],
  );
  const breaches = useMemo(() => breachedDays(verdict.data, model), [verdict.data, model]);
  const days = useMemo(
    () => daysCovered(cover.data?.items ?? [], model.days, minutes, zone, shown.queue || undefined),
    [cover.data, model, minutes, zone, shown.queue],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model is changed in place
  const agents = useMemo(
    () => shownAgents(model, around, before, breaches, shown, paid),
    [model, around, before, breaches, shown, paid, shown.only === "changed" ? edits : 0],
  );
  const written = useCallback((changes: CellChange[]) => changes.length > 0 && setEdits((many) => many + 1), []);
  return (
    <Page
      title={`${t.title} ${version.version}`}
      lead={
        <>
          <StateTag state={version.state} /> {t[version.rhythm]} · {version.first} – {version.last} · {zone}
        </>
      }
      actions={
        <>
          <Segmented
            value={view}
            onChange={(value) => setQuery(value === "table" ? { view: "table" } : {})}
            options={(["grid", "table"] as const).map((value) => ({ value, label: t[value] }))}
          />
          <SaveSheet name={version.version} sheet={() => sheetOf(model, around, agents)} />
        </>
      }
    >
      <Standing
        version={version}
        verdict={verdict.data}
        model={model}
        edits={edits}
        editable={editable}
        grid={grid}
        onWritten={written}
      />
      {!editable && version.state !== "published" && <Alert type="info" showIcon title={t.onlyCurrent} />}
      <Filters shown={shown} onShown={setShown} around={around} many={agents.length} />
      <div className="roster">
        {view === "grid" ? (
          <RosterCanvas
            model={model}
            agents={agents}
            around={around}
            before={before}
            breaches={breaches}
            days={days}
            paid={paid}
            editable={editable}
            edits={edits}
            grid={grid}
            onWritten={written}
            onCell={setCell}
          />
        ) : (
          <div className="roster-table">
            <TableView caption={version.version} {...sheetOf(model, around, agents)} most={300} />
          </div>
        )}
        <CellPanel version={version} model={model} around={around} cell={cell} before={before} breaches={breaches} grid={grid} />
      </div>
      <Legend around={around} />
    </Page>
  );
}

export type Breaches = Map<string, string[]>;

/** Messages of the rules that are broken, by `agent day`. */
function breachedDays(verdict: ReturnType<typeof useVerdict>["data"], model: RosterModel): Breaches {
  const found: Breaches = new Map();
  for (const breach of [...(verdict?.breaches ?? []), ...(verdict?.priced ?? [])]) {
    for (const day of model.days.filter((one) => one >= breach.first && one <= breach.last)) {
      const key = `${breach.agent} ${day}`;
      found.set(key, [...(found.get(key) ?? []), `${breach.rule}: ${breach.message}`]);
    }
  }
  return found;
}

function sheetOf(model: RosterModel, around: Around, agents: number[]) {
  const columns = [
    { key: "agent", title: "agent" },
    { key: "name", title: "name" },
    { key: "team", title: "team" },
  ];
  const days = model.days.map((day, k) => ({ key: `d${k}`, title: day }));
  const rows = agents.map((a) => {
    const agent = model.agents[a] ?? "";
    const cells = model.days.map((_, k) => [`d${k}`, model.codeAt(a, k) || DAY_OFF]);
    return { agent, name: around.staff.get(agent)?.name, team: around.staff.get(agent)?.team, ...Object.fromEntries(cells) };
  });
  return { columns: [...columns, ...days], rows };
}
