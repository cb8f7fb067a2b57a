import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "runs",
  order: 230,
  group: "plan",
  title: { zh: "运行", en: "Runs" },
  permission: "runs:read",
  load: () => import("./RunsPage"),
};
