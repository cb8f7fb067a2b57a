import { usePreferences, useTexts } from "../../app/preferences";
import type { Rulebook } from "./entries";
import { TEXTS } from "./texts";

/** What a strategy is called in the reader's language. */
export function useStrategyName(book: Rulebook): (id: string) => string {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  return (id) => {
    const found = book.strategies.find((one) => one.id === id);
    return found ? (language === "zh" && found.name_zh) || found.name : t.noStrategy;
  };
}
