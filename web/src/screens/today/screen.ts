import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "today",
  order: 100,
  group: "now",
  title: { zh: "当日看板", en: "Today" },
  permission: "data:read",
  load: () => import("./TodayPage"),
};
