import glossary from "../../../docs/glossary.md?raw";
import type { Language } from "../app/preferences";

export type Term = { names: Record<Language, string>; ids: string[]; meaning: string };

/** The glossary of the project, as its page tells it. */
export const TERMS: Term[] = glossary
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter((cells) => cells.length === 6 && !/^(-+|中文)$/.test(cells[1] ?? ""))
  .map((cells) => ({
    names: { zh: cells[1] ?? "", en: cells[2] ?? "" },
    ids: [...(cells[3] ?? "").matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? ""),
    meaning: cells[4] ?? "",
  }));

const byId = new Map(TERMS.flatMap((term) => term.ids.map((id) => [id, term] as const)));

/** The term that code, tables and files call so. */
export const termOf = (id: string): Term | undefined => byId.get(id);
