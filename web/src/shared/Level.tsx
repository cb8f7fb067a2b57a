import { texts, useTexts } from "../app/preferences";
import { LEVELS } from "./chart/colours";

const TEXTS = texts(
  { none: "正常", blue: "蓝色", yellow: "黄色", orange: "橙色", red: "红色" },
  { none: "none", blue: "blue", yellow: "yellow", orange: "orange", red: "red" },
);
export type LevelName = keyof typeof LEVELS;
export const LEVEL_NAMES = Object.keys(LEVELS) as LevelName[];

/** How high a level stands: 0 = none, 4 = red. */
export const heightOf = (level: unknown) => LEVEL_NAMES.indexOf(level as LevelName) + 1;

export function useLevelName(): (level: unknown) => string {
  const t = useTexts(TEXTS);
  return (level) => t[level as keyof typeof t] ?? String(level ?? "");
}

/** A level of warning: its mark and its name, and its colour. */
export function Level({ level }: { level: unknown }) {
  const name = useLevelName();
  const told = LEVELS[level as LevelName];
  return (
    <span className="level">
      {told && (
        <span aria-hidden="true" style={{ color: told.colour }}>
          {told.mark}{" "}
        </span>
      )}
      {name(level)}
    </span>
  );
}
