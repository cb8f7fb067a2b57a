import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Card, Descriptions, Empty, Flex } from "antd";
import { useState } from "react";
import { ask } from "../../api/client";
import { useRun, useSubmit } from "../../api/runs";
import { useCentre } from "../../app/centre";
import { useFacts } from "../../app/facts";
import { useFormats, usePreferences, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { RunProgress } from "../../shared/run/RunProgress";
import type { Breaches } from "./RosterView";
import type { Around, Version } from "./rosterData";
import type { RosterGrid } from "./rosterGrid";
import { DAY_OFF, type RosterModel } from "./rosterModel";
import { TEXTS } from "./texts";

type Props = {
  version: Version;
  model: RosterModel;
  around: Around;
  cell: { agent: number; day: number } | undefined;
  before: ReadonlyMap<string, string>;
  breaches: Breaches;
  grid: React.RefObject<RosterGrid | undefined>;
};

/** All that is known of the cell that is chosen: the shift, the wish, the rules it breaks, the balance, and why it is so. */
export function CellPanel({ version, model, around, cell, before, breaches }: Props) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { language } = usePreferences();
  const { nameOf } = useFacts();
  if (cell === undefined)
    return (
      <Card size="small" className="cell-panel" title={t.panel}>
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t.choose} />
      </Card>
    );
  const [agent, day] = [model.agents[cell.agent] ?? "", model.days[cell.day] ?? ""];
  const key = `${agent} ${day}`;
  const [code, staff, wish] = [model.codeAt(cell.agent, cell.day), around.staff.get(agent), around.wishes.get(key)];
  const shift = around.shifts.get(code);
  const balance = around.balances.get(agent);
  const hours = (minutes: unknown) => (minutes === undefined ? "–" : `${formats.number(Number(minutes) / 60)} ${t.hours}`);
  const items = [
    {
      key: "shift",
      label: t.panel,
      children:
        code === DAY_OFF
          ? t.rest
          : shift
            ? `${String((language === "zh" ? shift.name_zh : shift.name) ?? code)} · ${span(shift)}`
            : code,
    },
    ...(before.has(key) ? [{ key: "before", label: t.before, children: before.get(key) }] : []),
    {
      key: "wish",
      label: t.wish,
      children: wish ? `${t[wish.kind as "off" | "on" | "avoid"] ?? wish.kind} ${wish.shift ?? ""}` : t.noWish,
    },
    { key: "skills", label: t.skill, children: ((staff?.skills as string[]) ?? []).map(nameOf).join("、") },
    { key: "quarter", label: t.quarter, children: hours(balance?.quarter_minutes) },
    { key: "year", label: t.year, children: hours(balance?.year_minutes) },
    { key: "overtime", label: t.overtime, children: hours(balance?.overtime_minutes) },
    { key: "points", label: t.points, children: formats.number(balance?.points as number | undefined) },
  ];
  return (
    <Card size="small" className="cell-panel" title={`${staff?.name ?? ""} ${agent} · ${formats.day(day)}`}>
      <Flex vertical gap="small">
        {(breaches.get(key) ?? []).map((message) => (
          <Alert key={message} type="warning" showIcon title={message} />
        ))}
        <Descriptions size="small" column={1} items={items} />
        <Explain key={key} version={version.version} agent={agent} day={day} />
      </Flex>
    </Card>
  );
}

function span(shift: Record<string, unknown>): string {
  const [hours = 0, minutes = 0] = String(shift.start).split(":").map(Number);
  const end = (hours * 60 + minutes + Number(shift.minutes)) % 1440;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(hours)}:${two(minutes)}–${two(Math.floor(end / 60))}:${two(end % 60)}`;
}

/** Runs that explain: why this shift, and who could stand in for it. */
function Explain({ version, agent, day }: { version: string; agent: string; day: string }) {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const submit = useSubmit(centre);
  const [run, setRun] = useState<string>();
  const told = useRun(centre, run);
  const done = told?.state === "succeeded";
  const log = useQuery({
    queryKey: ["log", run],
    enabled: done,
    queryFn: async () => (await ask(`/api/v1/centres/${centre}/runs/${run}/log`)).text(),
  });
  const start = (kind: string, params: object) => submit.mutate({ kind, params }, { onSuccess: (made) => setRun(made.id) });
  if (!useMay("runs:write")) return null;
  return (
    <>
      <Flex gap="small" wrap>
        <Button size="small" onClick={() => start("why", { agent, day, version })}>
          {t.why}
        </Button>
        <Button size="small" onClick={() => start("stand-ins", { agent, day, version })}>
          {t.standIns}
        </Button>
      </Flex>
      {submit.error && <Alert type="error" title={String(submit.error)} />}
      {run && !done && <RunProgress id={run} />}
      {log.data !== undefined && <pre className="told">{log.data}</pre>}
    </>
  );
}
