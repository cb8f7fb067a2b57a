import { DatePicker } from "antd";
import dayjs from "dayjs";
import { texts, useTexts } from "../app/preferences";
import { daysLater } from "./zone";

const TEXTS = texts(
  { days: "日期范围", week: "一周", two: "两周", all: "全部" },
  { days: "Days", week: "A week", two: "Two weeks", all: "All" },
);

export type Span = { from: string; to: string };

/** Choose days, first and last; with the days there are as a shortcut. */
export function SpanPicker({ span, whole, onChange }: { span: Span; whole: Span; onChange: (span: Span) => void }) {
  const t = useTexts(TEXTS);
  const days = (first: string, last: string): [dayjs.Dayjs, dayjs.Dayjs] => [dayjs(first), dayjs(last)];
  const presets = [
    { label: t.week, value: days(span.from, daysLater(span.from, 6)) },
    { label: t.two, value: days(span.from, daysLater(span.from, 13)) },
    { label: t.all, value: days(whole.from, whole.to) },
  ];
  return (
    <DatePicker.RangePicker
      aria-label={t.days}
      allowClear={false}
      value={days(span.from, span.to)}
      presets={presets}
      onChange={(told) => {
        const [first, last] = told ?? [];
        if (first && last) onChange({ from: first.format("YYYY-MM-DD"), to: last.format("YYYY-MM-DD") });
      }}
    />
  );
}
