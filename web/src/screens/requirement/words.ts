import { texts } from "../../app/preferences";

export const MEASURE_TEXTS = texts(
  {
    heads: "排班人数",
    on_phone: "在线坐席",
    calls: "来电（通）",
    people: "人",
    time: "时间",
    date: "日期",
    measure: "看什么",
    formula: "看公式",
    toDay: "打开当日排班",
    zone: "时间均为中心所在时区",
  },
  {
    heads: "Agents rostered",
    on_phone: "Agents on the phones",
    calls: "Calls",
    people: "agents",
    time: "Time",
    date: "Date",
    measure: "What to show",
    formula: "Formula",
    toDay: "Open the day",
    zone: "Times in the zone of the centre",
  },
);
