import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "data",
  order: 500,
  group: "keep",
  title: { zh: "数据", en: "Data" },
  permission: "data:read",
  load: () => import("./DataPage"),
};
