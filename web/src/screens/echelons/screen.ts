import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "echelons",
  order: 310,
  group: "respond",
  title: { zh: "应急梯队与演练", en: "Echelons and drills" },
  permission: "data:read",
  load: () => import("./EchelonsPage"),
};
