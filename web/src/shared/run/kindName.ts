import type { RunKind } from "../../api/runs";
import type { Language } from "../../app/preferences";

const CHINESE = /[\u4e00-\u9fff][\u4e00-\u9fff、]*/;

/** What a kind of run is called: its title holds the English words and then the Chinese ones ("Month plan 月计划: ..."). */
export function kindName(kind: Pick<RunKind, "name" | "title">, language: Language): string {
  const chinese = CHINESE.exec(kind.title);
  if (language === "zh") return chinese?.[0] ?? kind.name;
  const english = kind.title.slice(0, chinese?.index).split(/[:.]/)[0] ?? "";
  return english.trim() || kind.name;
}
