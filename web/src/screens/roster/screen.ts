import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "rosters",
  order: 200,
  group: "plan",
  title: { zh: "班表", en: "Rosters" },
  permission: "rosters:read",
  load: () => import("./RosterPage"),
};
