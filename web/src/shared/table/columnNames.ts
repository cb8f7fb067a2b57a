import type { Language } from "../../app/preferences";

/** Names of columns and parameters that the glossary does not hold. */
export const COLUMN_NAMES: Record<string, Record<Language, string>> = {
  agent: { zh: "坐席", en: "Agent" },
  name: { zh: "姓名", en: "Name" },
  team: { zh: "班组", en: "Team" },
  date: { zh: "日期", en: "Date" },
};
