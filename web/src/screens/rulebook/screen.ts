import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "rulebook",
  order: 220,
  group: "plan",
  title: { zh: "排班细则", en: "Rulebook" },
  permission: "data:read",
  load: () => import("./RulebookPage"),
};
