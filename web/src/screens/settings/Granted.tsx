import { Form, Input, Select } from "antd";
import { $api } from "../../api/client";
import { useTexts } from "../../app/preferences";
import type { Me } from "../../app/session";
import { TEXTS } from "./texts";

export const ROLES: Me["roles"] = ["planner", "leader", "agent", "hr_system", "auditor", "administrator"];
const SCOPES = ["centres", "sites", "teams", "projects"] as const;
export type Scopes = Partial<Record<(typeof SCOPES)[number], string[]>>;
export type Granted = { name: string; roles: Me["roles"]; agent?: string } & Scopes;

export function useRoleName(): (role: string) => string {
  const t = useTexts(TEXTS);
  return (role) => (role === "agent" ? t.agentRole : (t[role as keyof typeof t] ?? role));
}

/** Scopes that were filled in. */
export function scopesOf(told: Granted): Scopes {
  return Object.fromEntries(SCOPES.flatMap((scope) => (told[scope]?.length ? [[scope, told[scope]]] : [])));
}

/** Fields of what somebody, or a system, may do and where. */
export function GrantedFields({ nameLabel, withAgent }: { nameLabel: string; withAgent?: boolean }) {
  const t = useTexts(TEXTS);
  const roleName = useRoleName();
  const centres = $api.useQuery("get", "/api/v1/centres");
  const known = { centres: (centres.data ?? []).map((one) => one.id), sites: [], teams: [], projects: [] };
  return (
    <>
      <Form.Item name="name" label={nameLabel} rules={[{ required: true }]}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="roles" label={t.roles} rules={[{ required: true }]}>
        <Select aria-label={t.roles} mode="multiple" options={ROLES.map((value) => ({ value, label: roleName(value) }))} />
      </Form.Item>
      {withAgent && (
        <Form.Item name="agent" label={t.agent} extra={t.agentHelp}>
          <Input />
        </Form.Item>
      )}
      {SCOPES.map((scope) => (
        <Form.Item key={scope} name={scope} label={t[scope]} extra={t.everywhere}>
          <Select aria-label={t[scope]} mode="tags" options={known[scope].map((value) => ({ value, label: value }))} />
        </Form.Item>
      ))}
    </>
  );
}
