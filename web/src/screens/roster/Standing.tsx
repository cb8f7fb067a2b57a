import { CheckCircleOutlined, RedoOutlined, SaveOutlined, UndoOutlined, WarningOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Flex, Input, Popconfirm, Space, Tag } from "antd";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { ask, changing } from "../../api/client";
import { submitRun } from "../../api/runs";
import { useCentre } from "../../app/centre";
import { useFormats, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { RunProgress } from "../../shared/run/RunProgress";
import type { Verdict, Version } from "./rosterData";
import type { RosterGrid } from "./rosterGrid";
import type { CellChange, RosterModel } from "./rosterModel";
import { TEXTS } from "./texts";

type Props = {
  version: Version & { tag: string };
  verdict: Verdict | undefined;
  model: RosterModel;
  edits: number;
  editable: boolean;
  grid: React.RefObject<RosterGrid | undefined>;
  onWritten: (changes: CellChange[]) => void;
};

/** How a version stands with the rules and the bound, and the steps that may be taken: save edits, approve, publish, withdraw. */
export function Standing(props: Props) {
  const { version, model, editable } = props;
  const formats = useFormats();
  const t = useTexts(TEXTS);
  const mayPublish = useMay("rosters:publish");
  const step = useStep(version);
  const save = useSave(version, model);
  return (
    <>
      <Flex gap="small" wrap align="center">
        <Judged verdict={props.verdict} />
        {version.cost != null && (
          <Tag>
            {t.cost} {formats.number(version.cost, 0)}
            {version.bound ? ` · ${t.gap} ≤ ${formats.percent(version.gap, 2)}` : ""}
          </Tag>
        )}
        {editable && <Edits {...props} save={save} />}
        {mayPublish && version.state === "proposal" && (
          <Deed text={t.approve} primary onDone={(reason) => step.mutate({ deed: "approve", reason })} />
        )}
        {mayPublish && version.state === "approved" && (
          <Deed text={t.publish} primary onDone={(reason) => step.mutate({ deed: "publish", reason })} />
        )}
        {mayPublish && (version.state === "proposal" || version.state === "approved") && (
          <Deed text={t.withdraw} onDone={(reason) => step.mutate({ deed: "withdraw", reason })} />
        )}
      </Flex>
      {step.error && <ProblemAlert error={step.error} />}
      {save.error && <ProblemAlert error={save.error} />}
      {step.data && <RunProgress id={step.data} />}
    </>
  );
}

function Judged({ verdict }: { verdict: Verdict | undefined }) {
  const t = useTexts(TEXTS);
  if (verdict === undefined) return <Tag>{t.checking}</Tag>;
  return (
    <>
      {verdict.breaches.length === 0 ? (
        <Tag color="success" icon={<CheckCircleOutlined />}>
          {t.legal}
        </Tag>
      ) : (
        <Tag color="error" icon={<WarningOutlined />}>
          {verdict.breaches.length} {t.broken}
        </Tag>
      )}
      {verdict.priced.length > 0 && (
        <Tag color="warning">
          {verdict.priced.length} {t.priced}
        </Tag>
      )}
    </>
  );
}

function Edits({ model, edits, grid, onWritten, save }: Props & { save: ReturnType<typeof useSave> }) {
  const t = useTexts(TEXTS);
  const many = model.changes().length;
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || (event.target as HTMLElement).closest("input, textarea")) return;
      if (event.code === "KeyZ" && !event.shiftKey) onWritten(model.undo());
      else if (event.code === "KeyY" || event.code === "KeyZ") onWritten(model.redo());
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, [model, onWritten]);
  const first = () => {
    const [one] = model.changes();
    if (one) grid.current?.reach(one.agent, one.day);
  };
  return (
    <Space data-edits={edits}>
      <Button
        icon={<UndoOutlined />}
        aria-label={t.undo}
        title={`${t.undo} Ctrl+Z`}
        disabled={!model.canUndo}
        onClick={() => onWritten(model.undo())}
      />
      <Button
        icon={<RedoOutlined />}
        aria-label={t.redo}
        title={`${t.redo} Ctrl+Y`}
        disabled={!model.canRedo}
        onClick={() => onWritten(model.redo())}
      />
      {many > 0 && (
        <Button type="link" onClick={first}>
          {many} {t.edits}
        </Button>
      )}
      <Deed
        text={t.save}
        icon={<SaveOutlined />}
        primary
        disabled={many === 0}
        loading={save.isPending}
        onDone={(reason) => save.mutate(reason)}
      />
    </Space>
  );
}

type DeedProps = {
  text: string;
  onDone: (reason: string) => void;
  primary?: boolean;
  disabled?: boolean;
  loading?: boolean;
  icon?: React.ReactNode;
};

/** A step that asks why before it is taken. */
function Deed({ text, onDone, primary, disabled, loading, icon }: DeedProps) {
  const t = useTexts(TEXTS);
  const [reason, setReason] = useState("");
  return (
    <Popconfirm
      title={text}
      description={
        <Input aria-label={t.saveWhy} placeholder={t.saveWhy} value={reason} onChange={(event) => setReason(event.target.value)} />
      }
      onConfirm={() => onDone(reason)}
      disabled={disabled}
    >
      <Button type={primary ? "primary" : "default"} icon={icon} disabled={disabled} loading={loading}>
        {text}
      </Button>
    </Popconfirm>
  );
}

/** Approve or withdraw a version, or have it published by a run; its id. */
function useStep(version: Version & { tag: string }) {
  const centre = useCentre();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ deed, reason }: { deed: "approve" | "withdraw" | "publish"; reason: string }) => {
      if (deed === "publish") return (await submitRun(centre, "publish", { version: version.version, why: reason })).id;
      await ask(`/api/v1/centres/${centre}/rosters/${version.version}/${deed}`, {
        method: "POST",
        ...changing({ reason }, `"${version.tag}"`),
      });
      return "";
    },
    onSettled: () => client.invalidateQueries(),
  });
}

/** Keep the edits as a proposal, onto the version that was read; it is judged by the verifier before it is kept. */
function useSave(version: Version & { tag: string }, model: RosterModel) {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: async (reason: string) => {
      const body = { parent: version.version, reason, ...model.given() };
      const answer = await ask(`/api/v1/centres/${centre}/rosters`, { method: "POST", ...changing(body, `"${version.tag}"`) });
      return ((await answer.json()) as Version).version;
    },
    onSuccess: (made) => {
      message.success(`${t.saved}: ${made}`);
      client.invalidateQueries({ queryKey: ["get", "/api/v1/centres/{centre}/rosters"] });
      navigate(`/c/${centre}/rosters/${made}`);
    },
  });
}
