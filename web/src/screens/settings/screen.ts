import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "settings",
  order: 600,
  group: "keep",
  title: { zh: "用户与密钥", en: "Users and keys" },
  permission: "admin",
  ofCentre: false,
  load: () => import("./SettingsPage"),
};
