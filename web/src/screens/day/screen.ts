import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "day",
  order: 210,
  group: "plan",
  title: { zh: "日班次图", en: "Day chart" },
  permission: "data:read",
  load: () => import("./DayPage"),
};
