import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "forecast",
  order: 180,
  group: "plan",
  title: { zh: "话务预测", en: "Forecast" },
  permission: "data:read",
  load: () => import("./ForecastPage"),
};
