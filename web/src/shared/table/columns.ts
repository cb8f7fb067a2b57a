import { type Language, usePreferences } from "../../app/preferences";
import { termOf } from "../terms";
import { COLUMN_NAMES } from "./columnNames";

const begun = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** What a column or parameter is called in a language. */
export function nameOf(id: string, language: Language): string {
  const told = COLUMN_NAMES[id] ?? termOf(id)?.names;
  return begun(told?.[language] ?? id.replaceAll("_", " "));
}

export function useNames(): (id: string) => string {
  const { language } = usePreferences();
  return (id) => nameOf(id, language);
}
