import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { Button, DatePicker, Space } from "antd";
import dayjs from "dayjs";
import { $api } from "../api/client";
import { useCentre } from "../app/centre";
import { texts, useTexts } from "../app/preferences";

const TEXTS = texts(
  { before: "前一天", after: "后一天", day: "日期" },
  { before: "The day before", after: "The day after", day: "Day" },
);

/** The roster in force, and the day that a board opens with: today if the roster holds it, else the day it was last published. */
export function useCurrentRoster(asked?: string) {
  const centre = useCentre();
  const query = asked ? { day: asked } : {};
  const roster = $api.useQuery("get", "/api/v1/centres/{centre}/rosters/current", { params: { path: { centre }, query } });
  return { roster, day: asked ?? openingDay(roster.data, dayjs().format("YYYY-MM-DD")) };
}

export function openingDay(
  roster: { first?: string | null; last?: string | null; at?: string | null } | undefined,
  today: string,
): string {
  const { first, last, at } = roster ?? {};
  if (!first || !last || (first <= today && today <= last)) return today;
  const told = at?.slice(0, 10) ?? first;
  return first <= told && told <= last ? told : first;
}

/** The next or the previous day of the calendar. */
export const dayAfter = (day: string, days = 1) => dayjs(day).add(days, "day").format("YYYY-MM-DD");

/** Steps from day to day. */
export function DayStepper({ day, onChange }: { day: string; onChange: (day: string) => void }) {
  const t = useTexts(TEXTS);
  return (
    <Space.Compact>
      <Button icon={<LeftOutlined />} aria-label={t.before} onClick={() => onChange(dayAfter(day, -1))} />
      <DatePicker
        aria-label={t.day}
        allowClear={false}
        value={dayjs(day)}
        onChange={(value) => value && onChange(value.format("YYYY-MM-DD"))}
      />
      <Button icon={<RightOutlined />} aria-label={t.after} onClick={() => onChange(dayAfter(day))} />
    </Space.Compact>
  );
}
