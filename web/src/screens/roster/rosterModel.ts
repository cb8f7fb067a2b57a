import type { Schemas } from "../../api/client";

export type Matrix = Schemas["MatrixOut"];
export type CellChange = { agent: number; day: number; code: string };
type Step = { before: CellChange[]; after: CellChange[] };

export const DAY_OFF = "-";

/** A roster that is being edited: what was read, what was changed, and what can be undone. Knows neither a grid nor React. */
export class RosterModel {
  readonly agents: string[];
  readonly days: string[];
  readonly codes: ReadonlySet<string>;
  private readonly cells: string[][];
  private readonly read: string[][];
  private done: Step[] = [];
  private undone: Step[] = [];

  constructor(
    readonly matrix: Matrix,
    /** Codes that may be typed: shifts of the centre, leave, and a day off. */
    known: Iterable<string>,
  ) {
    this.agents = matrix.agents;
    this.days = matrix.days;
    this.read = matrix.cells.map((line) => line.map((code) => matrix.codes[code] ?? ""));
    this.cells = this.read.map((line) => [...line]);
    this.codes = new Set([...known, ...matrix.codes, DAY_OFF]);
  }

  codeAt(agent: number, day: number): string {
    return this.cells[agent]?.[day] ?? "";
  }

  isChanged(agent: number, day: number): boolean {
    return this.cells[agent]?.[day] !== this.read[agent]?.[day];
  }

  /** The code that was meant by what was typed or pasted; undefined = there is none. */
  codeOf(typed: string): string | undefined {
    const text = typed.trim();
    if (text === "") return DAY_OFF;
    if (this.codes.has(text)) return text;
    const upper = text.toUpperCase();
    return [...this.codes].find((code) => code.toUpperCase() === upper);
  }

  /** Change cells as one step that is undone at once; those that say nothing of the day or stay as they are, are left out. */
  change(asked: CellChange[]): CellChange[] {
    const after = asked.filter(({ agent, day, code }) => this.codeAt(agent, day) !== "" && this.codeAt(agent, day) !== code);
    if (after.length === 0) return [];
    const before = after.map(({ agent, day }) => ({ agent, day, code: this.codeAt(agent, day) }));
    this.done.push({ before, after });
    this.undone = [];
    return this.write(after);
  }

  undo(): CellChange[] {
    const step = this.done.pop();
    if (step === undefined) return [];
    this.undone.push(step);
    return this.write(step.before);
  }

  redo(): CellChange[] {
    const step = this.undone.pop();
    if (step === undefined) return [];
    this.done.push(step);
    return this.write(step.after);
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Cells that are unlike what was read. */
  changes(): CellChange[] {
    return this.cells.flatMap((line, agent) =>
      line.flatMap((code, day) => (code === this.read[agent]?.[day] ? [] : [{ agent, day, code }])),
    );
  }

  /** The changed lines and days as the API takes them: -1 where the parent stands. */
  given(): { agents: string[]; days: string[]; codes: string[]; cells: number[][] } {
    const changes = this.changes();
    const agents = [...new Set(changes.map((one) => one.agent))].sort((a, b) => a - b);
    const days = [...new Set(changes.map((one) => one.day))].sort((a, b) => a - b);
    const codes = [...new Set(changes.map((one) => one.code))].sort();
    const told = new Map(changes.map((one) => [`${one.agent} ${one.day}`, codes.indexOf(one.code)]));
    return {
      agents: agents.map((agent) => this.agents[agent] ?? ""),
      days: days.map((day) => this.days[day] ?? ""),
      codes,
      cells: agents.map((agent) => days.map((day) => told.get(`${agent} ${day}`) ?? -1)),
    };
  }

  /** Paid minutes of each day by which the changes raise (or lower) what was read. */
  addedMinutes(paid: ReadonlyMap<string, number>): number[] {
    const added = this.days.map(() => 0);
    for (const { agent, day, code } of this.changes()) {
      added[day] = (added[day] ?? 0) + (paid.get(code) ?? 0) - (paid.get(this.read[agent]?.[day] ?? "") ?? 0);
    }
    return added;
  }

  private write(changes: CellChange[]): CellChange[] {
    for (const { agent, day, code } of changes) {
      const line = this.cells[agent];
      if (line !== undefined) line[day] = code;
    }
    return changes;
  }
}

/** Cells of a pasted block, from where it is put; a last empty line is the newline with which Excel ends. */
export function pasted(text: string): string[][] {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
  return lines.map((line) => line.split("\t"));
}
