import { Flex } from "antd";
import { usePreferences, useTexts } from "../../app/preferences";
import { colourOf } from "./colours";
import type { Around } from "./rosterData";
import { TEXTS } from "./texts";

/** What colours and marks mean: shifts by kind, changes, breaches, wishes. */
export function Legend({ around }: { around: Around }) {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  const shifts = [...around.shifts.values()];
  return (
    <Flex gap={6} wrap className="legend" aria-label={t.legend}>
      {shifts.map((row) => (
        <span key={String(row.code)} className="swatch" style={{ background: colourOf(String(row.code), around.shifts) }}>
          {String(row.code)} {String((language === "zh" ? row.name_zh : row.name) ?? "")}
        </span>
      ))}
      <span className="swatch edited">{t.edited}</span>
      <span className="swatch unlike">{t.changed}</span>
      <span className="swatch breach">! {t.breached}</span>
      <span className="swatch wish">{t.wish}</span>
    </Flex>
  );
}
