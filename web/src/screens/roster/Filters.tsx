import { Flex, Input, Segmented, Select } from "antd";
import { useFacts } from "../../app/facts";
import { useTexts } from "../../app/preferences";
import type { Breaches } from "./RosterView";
import type { Around } from "./rosterData";
import type { RosterModel } from "./rosterModel";
import { TEXTS } from "./texts";

export type Shown = {
  text: string;
  team: string;
  skill: string;
  only: "all" | "changed" | "breached" | "wished";
  sort: "team" | "agent" | "hours";
  queue: string;
};

/** Lines of the agents that are shown, in their order. */
export function shownAgents(
  model: RosterModel,
  around: Around,
  before: ReadonlyMap<string, string>,
  breaches: Breaches,
  shown: Shown,
  paid: ReadonlyMap<string, number>,
): number[] {
  const some = (agent: string, has: (key: string, k: number) => boolean) => model.days.some((day, k) => has(`${agent} ${day}`, k));
  const fits = (agent: string, a: number) => {
    const row = around.staff.get(agent);
    const skills = (row?.skills as string[] | undefined) ?? [];
    return (
      `${agent} ${row?.name ?? ""}`.toLowerCase().includes(shown.text.toLowerCase()) &&
      (shown.team === "" || row?.team === shown.team) &&
      (shown.skill === "" || skills.includes(shown.skill)) &&
      (shown.only === "all" ||
        (shown.only === "changed" && some(agent, (key, k) => before.has(key) || model.isChanged(a, k))) ||
        (shown.only === "breached" && some(agent, (key) => breaches.has(key))) ||
        (shown.only === "wished" && some(agent, (key) => around.wishes.has(key))))
    );
  };
  const found = model.agents.flatMap((agent, a) => (fits(agent, a) ? [a] : []));
  const agentOf = (a: number) => model.agents[a] ?? "";
  const teamOf = (a: number) => String(around.staff.get(agentOf(a))?.team ?? "");
  const hoursOf = (a: number) => model.days.reduce((sum, _, k) => sum + (paid.get(model.codeAt(a, k)) ?? 0), 0);
  if (shown.sort === "hours") {
    const hours = new Map(found.map((a) => [a, hoursOf(a)]));
    return found.sort((a, b) => (hours.get(b) ?? 0) - (hours.get(a) ?? 0));
  }
  return found.sort(
    (a, b) => (shown.sort === "team" ? teamOf(a).localeCompare(teamOf(b)) : 0) || agentOf(a).localeCompare(agentOf(b)),
  );
}

type Props = { shown: Shown; onShown: (shown: Shown) => void; around: Around; many: number };

/** Which agents are shown, in which order, and for which queue the cover is told. */
export function Filters({ shown, onShown, around, many }: Props) {
  const t = useTexts(TEXTS);
  const { queues, nameOf } = useFacts();
  const staff = [...around.staff.values()];
  const teams = [...new Set(staff.map((row) => String(row.team ?? "")))].filter(Boolean).sort();
  const skills = [...new Set(staff.flatMap((row) => (row.skills as string[]) ?? []))].sort();
  const set = (told: Partial<Shown>) => onShown({ ...shown, ...told });
  const options = (every: string, values: string[], name = (value: string) => value) => [
    { value: "", label: every },
    ...values.map((value) => ({ value, label: name(value) })),
  ];
  return (
    <Flex gap="small" wrap align="center">
      <Input.Search
        aria-label={t.find}
        placeholder={t.find}
        allowClear
        style={{ width: 180 }}
        onChange={(event) => set({ text: event.target.value })}
      />
      <Select
        aria-label={t.team}
        value={shown.team}
        options={options(t.everyTeam, teams)}
        onChange={(team) => set({ team })}
        style={{ width: 110 }}
        showSearch
      />
      <Select
        aria-label={t.skill}
        value={shown.skill}
        options={options(t.everySkill, skills, nameOf)}
        onChange={(skill) => set({ skill })}
        popupMatchSelectWidth={false}
      />
      <Segmented
        value={shown.only}
        onChange={(only) => set({ only })}
        options={(["all", "changed", "breached", "wished"] as const).map((value) => ({ value, label: t[value] }))}
      />
      <Select
        aria-label={t.sortBy}
        value={shown.sort}
        onChange={(sort) => set({ sort })}
        options={[
          { value: "team" as const, label: t.byTeam },
          { value: "agent" as const, label: t.byName },
          { value: "hours" as const, label: t.byHours },
        ]}
      />
      <Select
        aria-label={t.queue}
        value={shown.queue}
        options={options(
          t.everyQueue,
          queues.map((one) => one.id),
          nameOf,
        )}
        onChange={(queue) => set({ queue })}
        popupMatchSelectWidth={false}
      />
      <span>
        {many} {t.agents}
      </span>
    </Flex>
  );
}
