import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "me",
  order: 90,
  group: "now",
  title: { zh: "我的班表", en: "My shifts" },
  permission: "own:read",
  ofAgent: true,
  load: () => import("./OwnPage"),
};
