import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

export type Language = "zh" | "en";
export type Theme = "light" | "dark";
type Preferences = { language: Language; theme: Theme; set: (told: Partial<{ language: Language; theme: Theme }>) => void };

const KEY = "echelon";
const Context = createContext<Preferences | undefined>(undefined);

function kept(): { language: Language; theme: Theme } {
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const first = { language: navigator.language.startsWith("zh") ? "zh" : "en", theme: dark ? "dark" : "light" } as const;
  try {
    return { ...first, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return first; // what is kept there cannot be read: as at the first visit
  }
}

/** Language and theme of this browser. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(kept);
  useEffect(() => {
    localStorage.setItem(KEY, JSON.stringify(now));
    document.documentElement.lang = now.language === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset.theme = now.theme;
  }, [now]);
  const value = useMemo(() => ({ ...now, set: (told: object) => setNow((was) => ({ ...was, ...told })) }), [now]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function usePreferences(): Preferences {
  const found = useContext(Context);
  if (found === undefined) throw new Error("outside of PreferencesProvider");
  return found;
}

/** Texts of a room in both languages: a missing one does not compile. */
export function texts<T extends object>(zh: T, en: { [K in keyof T]: T[K] }): Record<Language, T> {
  return { zh, en };
}

export function useTexts<T>(both: Record<Language, T>): T {
  return both[usePreferences().language];
}

/** Dates and numbers as the language writes them. */
export function useFormats() {
  const { language } = usePreferences();
  return useMemo(() => {
    const locale = language === "zh" ? "zh-CN" : "en-GB";
    const number = (digits: number, style: "decimal" | "percent" = "decimal") =>
      new Intl.NumberFormat(locale, { maximumFractionDigits: digits, style });
    const instant = (zone?: string) =>
      new Intl.DateTimeFormat(locale, {
        month: "numeric",
        day: "numeric",
        weekday: "short",
        hour: "2-digit",
        minute: "2-digit",
        ...(zone && { timeZone: zone }),
      });
    return {
      locale,
      /** From when to when: the day of the end is told if it is another one. */
      span: (start: string, end: string, zone?: string) => instant(zone).formatRange(new Date(start), new Date(end)),
      number: (value: number | null | undefined, digits = 1) => (value == null ? "–" : number(digits).format(value)),
      percent: (value: number | null | undefined, digits = 0) => (value == null ? "–" : number(digits, "percent").format(value)),
      instant: (at: string | null | undefined, zone?: string) =>
        at == null
          ? "–"
          : new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", ...(zone && { timeZone: zone }) }).format(
              new Date(at),
            ),
      day: (at: string) =>
        new Intl.DateTimeFormat(locale, { month: "numeric", day: "numeric", weekday: "short", timeZone: "UTC" }).format(
          new Date(`${at}T00:00Z`),
        ),
      time: (at: string, zone?: string) =>
        new Intl.DateTimeFormat(locale, { timeStyle: "short", ...(zone && { timeZone: zone }) }).format(new Date(at)),
    };
  }, [language]);
}
