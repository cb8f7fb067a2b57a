import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "people",
  order: 410,
  group: "people",
  title: { zh: "坐席与技能", en: "People and skills" },
  permission: "data:read",
  load: () => import("./PeoplePage"),
};
