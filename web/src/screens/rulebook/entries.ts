import type { Schemas } from "../../api/client";
import type { Language } from "../../app/preferences";
import { inShort } from "./figures";
import { GOALS } from "./texts";

export type Rulebook = Schemas["RulebookOut"];
export type Rule = Schemas["RuleOut"];
export type Derogation = Schemas["Derogation"];
export type Force = "hard" | "priced" | "goal";

/** A rule or a goal as the screens show it, in the reader's language. */
export type Entry = {
  id: string;
  name: string;
  /** What it says, without the unit of its breaches, which tells nothing of a hard rule. */
  says: string;
  force: Force;
  weight: number | undefined;
  strategy: string;
  source: string;
  numbers: string[];
  rule: Rule | undefined;
  derogations: Derogation[];
};

/** Rules and goals in the order of the strategies. */
export function entriesOf(book: Rulebook, language: Language): Entry[] {
  const order = new Map(book.strategies.map((one) => [one.id, one.order]));
  const place = (entry: Entry) => order.get(entry.strategy) ?? order.size + 1;
  const rules = book.rules.map((rule) => ofRule(rule, book.derogations, language));
  const goals = book.goals.map((goal) => ofGoal(goal, language));
  return [...rules, ...goals].sort((a, b) => place(a) - place(b));
}

function ofRule(rule: Rule, derogations: Derogation[], language: Language): Entry {
  const weight = rule.weight ?? undefined;
  const says = language === "zh" ? rule.says_zh : rule.says;
  return {
    id: rule.id,
    name: (language === "zh" ? rule.title_zh : rule.title) || rule.title || rule.id,
    says: weight === undefined ? says.replace(/；每[^；]*计 ?1。$/, "。").replace(/; each [^;]* 1\.$/, ".") : says,
    force: weight === undefined ? "hard" : "priced",
    weight,
    strategy: rule.strategy,
    source: rule.source,
    numbers: inShort(rule.numbers, language),
    rule,
    derogations: derogations.filter((one) => one.rule === rule.id),
  };
}

function ofGoal(goal: Schemas["GoalOut"], language: Language): Entry {
  const says = language === "zh" ? goal.says_zh : goal.says;
  return {
    id: `goals.${goal.kind}`,
    name: GOALS[language][goal.kind] ?? goal.kind,
    says,
    force: "goal",
    weight: undefined,
    strategy: goal.strategy,
    source: "",
    numbers: [],
    rule: undefined,
    derogations: [],
  };
}

export type Wanted = { text?: string | undefined; force?: string | undefined; strategy?: string | undefined };

/** Entries that fit a filter; every word of the text stands somewhere in the entry. */
export function fitting(entries: Entry[], wanted: Wanted): Entry[] {
  const words = (wanted.text ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((one) => {
    const all = [one.id, one.name, one.says, one.source, one.rule?.title_zh, one.rule?.title, ...one.numbers]
      .join(" ")
      .toLowerCase();
    const fits = (!wanted.force || one.force === wanted.force) && (!wanted.strategy || one.strategy === wanted.strategy);
    return fits && words.every((word) => all.includes(word));
  });
}

/** Derogations that lift a rule on a day. */
export const liftedOn = (entry: Entry, day: string): Derogation[] =>
  entry.derogations.filter((one) => one.first <= day && day <= one.last);

/** The step that put the rulebook in force, if its life is recorded; steps stand oldest first. */
export function enforcedAt(steps: Record<string, unknown>[]): string | undefined {
  const found = steps.findLast((step) => step.deed === "enforced")?.at;
  return found === undefined ? undefined : String(found);
}
