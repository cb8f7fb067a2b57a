import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "start",
  order: 10,
  group: "keep",
  title: { zh: "快速上手", en: "Getting started" },
  permission: "centres:write",
  ofCentre: false,
  load: () => import("./StartPage"),
};
