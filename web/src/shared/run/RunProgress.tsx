import { Alert, Button, Descriptions, Flex, Progress, Tag } from "antd";
import { api } from "../../api/client";
import { hasEnded, type Run, useRun } from "../../api/runs";
import { useCentre } from "../../app/centre";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Findings } from "../ProblemAlert";

const TEXTS = texts(
  {
    queued: "排队中",
    running: "运行中",
    succeeded: "已完成",
    failed: "失败",
    cancelled: "已取消",
    penalty: "罚分",
    bound: "下界",
    gap: "差距",
    cancel: "停止，保留目前最好的结果",
    cancelling: "正在停止",
    made: "产生的版本",
  },
  {
    queued: "Waiting",
    running: "Running",
    succeeded: "Done",
    failed: "Failed",
    cancelled: "Cancelled",
    penalty: "Penalty",
    bound: "Bound",
    gap: "Gap",
    cancel: "Stop, and keep the best so far",
    cancelling: "Stopping",
    made: "Versions made",
  },
);
const COLOURS = { queued: "default", running: "processing", succeeded: "success", failed: "error", cancelled: "warning" } as const;

export function RunState({ run }: { run: Run }) {
  const t = useTexts(TEXTS);
  return <Tag color={COLOURS[run.state]}>{t[run.state]}</Tag>;
}

/** How far a run is: share of the budget, penalty, bound and gap; stopping keeps the best. */
export function RunProgress({ id }: { id: string }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const run = useRun(centre, id);
  if (run === undefined) return null;
  const { progress, problem } = run;
  const cancel = () => api.POST("/api/v1/centres/{centre}/runs/{run}/cancel", { params: { path: { centre, run: id } } });
  return (
    <section aria-live="polite" className="run-progress">
      <Flex gap="small" align="center">
        <RunState run={run} />
        {!hasEnded(run) && <Progress percent={Math.round(progress?.percent ?? 0)} style={{ flex: 1 }} />}
      </Flex>
      {progress && (
        <Descriptions
          size="small"
          column={3}
          items={[
            { key: "penalty", label: t.penalty, children: formats.number(progress.penalty, 0) },
            { key: "bound", label: t.bound, children: formats.number(progress.bound, 0) },
            { key: "gap", label: t.gap, children: formats.percent(progress.gap, 2) },
          ]}
        />
      )}
      {!hasEnded(run) && progress?.message && <p>{progress.message}</p>}
      {!hasEnded(run) && (
        <Button danger onClick={cancel} disabled={run.cancel}>
          {run.cancel ? t.cancelling : t.cancel}
        </Button>
      )}
      {problem && (
        <Alert
          type="error"
          showIcon
          title={problem.title}
          description={(problem.findings?.length ?? 0) > 0 ? <Findings findings={problem.findings as never} /> : problem.detail}
        />
      )}
      {(run.result?.versions.length ?? 0) > 0 && (
        <p>
          {t.made}: {run.result?.versions.join(", ")}
        </p>
      )}
    </section>
  );
}
