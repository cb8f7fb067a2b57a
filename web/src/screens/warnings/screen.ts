import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "warnings",
  order: 300,
  group: "respond",
  title: { zh: "产能预警", en: "Capacity warnings" },
  permission: "data:read",
  load: () => import("./WarningsPage"),
};
