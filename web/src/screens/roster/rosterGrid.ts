// The only file that knows RevoGrid.

import type { ColumnGrouping, ColumnRegular } from "@revolist/revogrid";
import { defineCustomElements, setNonce } from "@revolist/revogrid/loader";
import type { CellChange } from "./rosterModel";

type Grid = HTMLRevoGridElement;
export type GridColumn = { day: number; title: string; lead: string; kind: string };
export type GridRow = Record<string, string> & { agent: string; index: string };
export type Told = {
  columns: GridColumn[];
  heads: { name: string; team: string };
  rows: GridRow[];
  tops: Record<string, string>[];
  classesOf: (agent: number, day: number) => Record<string, boolean>;
  titleOf: (agent: number, day: number) => string;
  styleOf: (agent: number, day: number) => Record<string, string>;
  topClasses: (row: number, day: number) => Record<string, boolean>;
  readonly: boolean;
};
export type Hears = {
  changed: (asked: { agent: number; day: number; text: string }[]) => void;
  focused: (agent: number, day: number) => void;
};

const dayOf = (prop: unknown) => Number(String(prop).slice(1));

/** The element is known once its loader has run; before that it has no methods. */
async function defined(nonce: string): Promise<void> {
  if (customElements.get("revo-grid") === undefined) {
    setNonce(nonce);
    defineCustomElements();
  }
  await customElements.whenDefined("revo-grid");
}

/** A grid in a place of the page; every edit by typing, pasting, filling or deleting comes out by `changed`, none is written here. */
export class RosterGrid {
  private readonly grid: Grid;
  private rows: GridRow[] = [];

  /** A grid, as soon as it can be made. */
  static async in(place: HTMLElement, nonce: string, hears: Hears): Promise<RosterGrid> {
    await defined(nonce);
    return new RosterGrid(place, hears);
  }

  private constructor(
    place: HTMLElement,
    private readonly hears: Hears,
  ) {
    this.grid = document.createElement("revo-grid");
    Object.assign(this.grid, {
      range: true,
      useClipboard: true,
      applyOnClose: false,
      accessible: true,
      hideAttribution: true,
      resize: true,
      rowSize: 26,
      frameSize: 4,
    });
    this.listen();
    place.append(this.grid);
  }

  show(told: Told): void {
    this.rows = told.rows;
    this.grid.readonly = told.readonly;
    this.grid.columns = this.columnsOf(told);
    this.grid.pinnedTopSource = told.tops;
    this.grid.source = told.rows;
  }

  /** Draw changed cells, and the rows under the dates. */
  draw(changes: CellChange[], tops: Record<string, string>[]): void {
    const shown = new Map(this.rows.map((row) => [Number(row.index), row]));
    for (const { agent, day, code } of changes) {
      const row = shown.get(agent);
      if (row !== undefined) row[`d${day}`] = code;
    }
    this.grid.pinnedTopSource = tops;
    this.grid.refresh("rgRow");
  }

  /** Bring a cell into view and focus it. */
  async reach(agent: number, day: number): Promise<void> {
    const y = this.rows.findIndex((row) => Number(row.index) === agent);
    if (y < 0) return;
    await this.grid.scrollToCoordinate({ x: day, y });
    await this.grid.setCellsFocus({ x: day, y }, { x: day, y });
  }

  theme(dark: boolean): void {
    this.grid.theme = dark ? "darkCompact" : "compact";
  }

  remove(): void {
    this.grid.remove();
  }

  private columnsOf(told: Told): (ColumnRegular | ColumnGrouping)[] {
    const pinned = (prop: string, name: string, size: number): ColumnRegular => ({
      prop,
      name,
      size,
      pin: "colPinStart",
      readonly: true,
    });
    const days = told.columns.map(
      ({ day, title, lead, kind }): ColumnGrouping => ({
        name: lead,
        children: [
          {
            prop: `d${day}`,
            name: title,
            size: 58,
            columnProperties: () => ({ class: { [kind]: true } }),
            cellProperties: ({ model, type, rowIndex }) => this.cellOf(told, model as GridRow, type, rowIndex, day),
          },
        ],
      }),
    );
    return [pinned("name", told.heads.name, 120), pinned("team", told.heads.team, 64), ...days];
  }

  private cellOf(told: Told, row: GridRow, type: string, rowIndex: number, day: number) {
    if (type !== "rgRow") return { class: told.topClasses(rowIndex, day) };
    const agent = Number(row.index);
    return { class: told.classesOf(agent, day), title: told.titleOf(agent, day), style: told.styleOf(agent, day) };
  }

  private listen(): void {
    this.on("beforeedit", (event) => {
      event.preventDefault();
      const { rowIndex, prop, val, type } = event.detail as { rowIndex: number; prop: unknown; val?: unknown; type: string };
      const row = this.rows[rowIndex];
      if (type === "rgRow" && row) this.hears.changed([{ agent: Number(row.index), day: dayOf(prop), text: String(val ?? "") }]);
    });
    this.on("beforerangeedit", (event) => {
      event.preventDefault();
      const data = (event.detail as unknown as { data: Record<number, Record<string, unknown>> }).data;
      this.hears.changed(this.asked(data));
    });
    this.on("beforepasteapply", (event) => {
      const { parsed } = event.detail as { parsed: string[][] };
      const last = parsed.at(-1);
      if (parsed.length > 1 && last?.every((cell) => cell === "")) parsed.pop();
    });
    this.on("afterfocus", (event) => {
      const { rowIndex, column, rowType } = event.detail as { rowIndex: number; column?: { prop?: unknown }; rowType: string };
      const row = this.rows[rowIndex];
      const day = dayOf(column?.prop);
      if (rowType === "rgRow" && row && Number.isInteger(day)) this.hears.focused(Number(row.index), day);
    });
  }

  private asked(data: Record<number, Record<string, unknown>>): { agent: number; day: number; text: string }[] {
    return Object.entries(data).flatMap(([k, cells]) => {
      const row = this.rows[Number(k)]; // the row as it is shown, not the agent
      if (row === undefined) return [];
      return Object.entries(cells).flatMap(([prop, text]) =>
        /^d\d+$/.test(prop) ? [{ agent: Number(row.index), day: dayOf(prop), text: String(text ?? "") }] : [],
      );
    });
  }

  private on(name: string, hear: (event: CustomEvent<unknown>) => void): void {
    this.grid.addEventListener(name, hear as EventListener);
  }
}
