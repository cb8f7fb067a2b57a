import type { Language } from "../../app/preferences";

type Unit = "minutes" | "days" | "nights" | "weekends" | "shifts" | "word";
type Both = Record<Language, string>;
type Told = { unit: Unit; mark?: Both; name: Both; period?: "day" | "month" };

const both = (zh: string, en: string): Both => ({ zh, en });
const LEAST = both("至少", "at least");
const MOST = both("至多", "at most");
const told = (unit: Unit, name: Both, mark?: Both, period?: Told["period"]): Told => ({
  unit,
  name,
  ...(mark && { mark }),
  ...(period && { period }),
});

/** The numbers of rules: unit, what stands before the number, and what it is called. */
const NUMBERS: Record<string, Told> = {
  period: told("word", both("周期", "Period")),
  per: told("word", both("平均到", "On average for each")),
  of: told("word", both("对象", "Of")),
  count: told("word", both("计数方式", "Counted by")),
  min_minutes: told("minutes", both("工时下限", "Least hours"), LEAST),
  max_minutes: told("minutes", both("工时上限", "Most hours"), MOST),
  max_day_minutes: told("minutes", both("每日上限", "Most in a day"), MOST, "day"),
  max_month_minutes: told("minutes", both("每月上限", "Most in a month"), MOST, "month"),
  rest_minutes: told("minutes", both("休息时长", "Rest"), LEAST),
  min_night_minutes: told("minutes", both("夜班的认定：夜间工作", "Counts as a night from")),
  before_minutes: told("minutes", both("休假前休息", "Rest before leave"), both("休假前", "before leave")),
  after_minutes: told("minutes", both("休假后休息", "Rest after leave"), both("休假后", "after leave")),
  backward_minutes: told("minutes", both("上班提早", "Start earlier by"), both("提早至多", "earlier by at most")),
  min_pause_minutes: told("minutes", both("两头班的间隔", "Pause of a split shift")),
  min_days: told("days", both("天数下限", "Least days"), LEAST),
  max_days: told("days", both("天数上限", "Most days"), MOST),
  max_worked: told("days", both("上班天数上限", "Most days worked"), MOST),
  days: told("days", both("其后休息", "Rest afterwards"), both("休息", "rest of")),
  days_before: told("days", both("休假前休息", "Rest before leave"), both("休假前", "before leave")),
  days_after: told("days", both("休假后休息", "Rest after leave"), both("休假后", "after leave")),
  reach_days: told("days", both("节假日前后", "Around the holiday"), both("前后", "within")),
  run_days: told("days", both("连续天数", "Days in a row"), both("连续", "in a row")),
  window_days: told("days", both("任意连续", "In any stretch of"), both("任意", "in any")),
  over_days_off: told("days", both("跨越休息日", "Over days off")),
  max_nights: told("nights", both("夜班上限", "Most nights"), MOST),
  max_weekends: told("weekends", both("周末上限", "Most weekends"), MOST),
  max_in_row: told("weekends", both("连续上限", "Most in a row"), both("连续至多", "in a row at most")),
  min_shifts: told("shifts", both("班次下限", "Least shifts"), LEAST),
  max_shifts: told("shifts", both("班次上限", "Most shifts"), MOST),
  max_splits: told("shifts", both("两头班上限", "Most split shifts"), MOST),
  names: told("word", both("班次", "Shifts")),
  only: told("word", both("只排", "Only")),
  never: told("word", both("不排", "Never")),
  dates: told("word", both("日期", "Dates")),
  weekdays: told("word", both("星期（0 为周一）", "Weekdays (0 = Monday)")),
  pairs: told("word", both("禁止的前后班次", "Forbidden successions")),
  pattern: told("word", both("轮班序列", "Pattern")),
  offsets: told("word", both("各班组提前的天数", "Days ahead by team")),
  start: told("word", both("起始日", "Start")),
  from_date: told("word", both("自", "From")),
  until_date: told("word", both("至", "Until")),
  leave_counts: told("word", both("休假如何计", "Leave counts")),
  whole: told("word", both("整个周末", "Whole weekends")),
  apart: told("word", both("不得连续", "Not in a row")),
  forbidden: told("word", both("禁止", "Forbidden")),
  across_days_off: told("word", both("跨休息日", "Across days off")),
};
const WORDS: Record<string, Both> = {
  day: both("每日", "a day"),
  week: both("每周", "a week"),
  month: both("每月", "a month"),
  quarter: both("每季", "a quarter"),
  year: both("每年", "a year"),
  plan: both("计划期", "in the plan"),
  work: both("工作日", "work days"),
  night: both("夜班", "nights"),
  days: both("按天", "days"),
  festivals: both("按节日", "festivals"),
  true: both("是", "yes"),
  split: both("两头班", "split"),
  none: both("不计", "no"),
  workdays: both("按工作日", "work days"),
  all: both("全部", "all"),
};
const UNITS: Record<Exclude<Unit, "minutes" | "word">, Both> = {
  days: both("天", "days"),
  nights: both("个夜班", "nights"),
  weekends: both("个周末", "weekends"),
  shifts: both("个班次", "shifts"),
};
/** What takes nothing: it stands for no bound. */
const IDLE = new Set<unknown>([null, undefined, false, "", "period"]);
/** What no table needs: how nights are told, and what is no number. */
const ASIDE = new Set(["min_night_minutes", "over_days_off", "per", "of", "count", "leave_counts", "min_pause_minutes"]);

export type Figure = { key: string; name: string; mark: string; value: string };

/** Numbers of a rule that bound something, with their units in the reader's language. */
export function figures(numbers: Record<string, unknown>, language: Language): Figure[] {
  return Object.entries(numbers)
    .filter(([, value]) => !IDLE.has(value) && !isEmpty(value) && value !== 0)
    .map(([key, value]) => ({
      key,
      name: NUMBERS[key]?.name[language] ?? key,
      mark: NUMBERS[key]?.mark?.[language] ?? "",
      value: inWords(value, NUMBERS[key]?.unit ?? "word", language),
    }));
}

/** The numbers of a rule in a line: each with its unit, the period once in front; a bound from both sides is told as one. */
export function inShort(numbers: Record<string, unknown>, language: Language): string[] {
  const found = figures(numbers, language).filter(({ key }) => !ASIDE.has(key));
  const period = found.find(({ key }) => key === "period")?.key;
  const bounds = found.filter(({ key }) => key !== "period");
  const least = bounds.find(({ key }) => key === "min_minutes" || key === "min_days");
  const most = bounds.find(({ key }) => key === "max_minutes" || key === "max_days");
  const bare = least && most && least.value === most.value;
  const idle = least?.key === "min_days" && numbers.min_days === 1 && most; // one day is no run at all
  const shown = bare || idle ? bounds.filter((one) => one !== least) : bounds;
  return shown.map(({ key, mark, value }) => {
    const each = WORDS[NUMBERS[key]?.period ?? (period ? String(numbers[period]) : "")]?.[language] ?? "";
    const parts = language === "zh" ? [each + (bare ? "" : mark), value] : [bare ? "" : mark, value, each];
    return parts.filter(Boolean).join(" ");
  });
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function inWords(value: unknown, unit: Unit, language: Language): string {
  if (typeof value === "number" && unit === "minutes") return duration(value, language);
  if (typeof value === "number" && unit !== "word" && unit !== "minutes") {
    const name = UNITS[unit][language];
    return `${value} ${language === "en" && value === 1 ? name.slice(0, -1) : name}`;
  }
  if (Array.isArray(value)) return value.map((one) => inWords(one, "word", language)).join(language === "zh" ? "、" : ", ");
  if (typeof value === "object" && value !== null)
    return Object.entries(value)
      .map((one) => one.join(" "))
      .join(language === "zh" ? "、" : ", ");
  return WORDS[String(value)]?.[language] ?? String(value);
}

/** Minutes as people say them: hours from one hour on. */
function duration(minutes: number, language: Language): string {
  if (minutes < 60) return language === "zh" ? `${minutes} 分钟` : `${minutes} min`;
  const hours = new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: 2 }).format(minutes / 60);
  return language === "zh" ? `${hours} 小时` : `${hours} h`;
}
