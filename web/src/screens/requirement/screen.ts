import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "requirement",
  order: 190,
  group: "plan",
  title: { zh: "人力需求", en: "Requirement" },
  permission: "data:read",
  load: () => import("./RequirementPage"),
};
