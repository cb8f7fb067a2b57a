import { type Language, usePreferences } from "../../app/preferences";
import { termOf } from "../terms";
import { COLUMN_NAMES } from "./columnNames";

const spaced = (id: string) => id.charAt(0).toUpperCase() + id.slice(1).replaceAll("_", " ");

/** What a column or parameter is called in a language. */
export function nameOf(id: string, language: Language): string {
  const told = COLUMN_NAMES[id] ?? termOf(id)?.names;
  return told?.[language] ?? spaced(id);
}

export function useNames(): (id: string) => string {
  const { language } = usePreferences();
  return (id) => nameOf(id, language);
}
