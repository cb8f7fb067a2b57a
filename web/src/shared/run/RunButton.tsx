import { Button, Drawer } from "antd";
import type { ReactNode } from "react";
import { type Permission, useMay } from "../../app/session";
import { useAddress } from "../useAddress";
import { RunForm } from "./RunForm";
import { RunProgress } from "./RunProgress";

type Props = {
  kind: string;
  label: string;
  lead?: ReactNode;
  first?: string[];
  given?: Record<string, unknown>;
  icon?: ReactNode;
  /** Whether it is what this page is there for. */
  primary?: boolean;
  permission?: Permission;
};

/** Asks for a run in a drawer and follows it there; both stand in the address (`?ask=warn&run=...`). */
export function RunButton({ kind, label, lead, first = [], given = {}, icon, primary = false, permission = "runs:write" }: Props) {
  const [address, change] = useAddress();
  const run = address("run");
  if (!useMay(permission)) return null;
  return (
    <>
      <Button type={primary ? "primary" : "default"} icon={icon} onClick={() => change({ ask: kind })}>
        {label}
      </Button>
      <Drawer
        title={label}
        open={address("ask") === kind}
        onClose={() => change({ ask: undefined, run: undefined })}
        size={440}
        destroyOnHidden
      >
        {lead && <p>{lead}</p>}
        {run === undefined ? (
          <RunForm kind={kind} first={first} given={given} onSubmitted={(made) => change({ run: made.id })} />
        ) : (
          <RunProgress id={run} />
        )}
      </Drawer>
    </>
  );
}
