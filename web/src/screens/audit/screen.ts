import type { Screen } from "../../app/screens";

export const screen: Screen = {
  path: "audit",
  order: 610,
  group: "keep",
  title: { zh: "审计记录", en: "Audit trail" },
  permission: "audit:read",
  ofCentre: false,
  load: () => import("./AuditPage"),
};
