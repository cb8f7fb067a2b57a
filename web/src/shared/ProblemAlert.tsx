import { Alert, Button, Table } from "antd";
import { $api, ApiError, type Finding, type Problem } from "../api/client";
import { texts, usePreferences, useTexts } from "../app/preferences";

const TEXTS = texts(
  {
    unreachable: "服务没有应答",
    try: "请检查网络或稍后再试。",
    where: "位置",
    row: "行",
    column: "列",
    read: "读到",
    expected: "应为",
    fix: "怎么改",
    findings: "发现的问题",
    request: "请求编号",
    again: "重试",
    superseded: "别人已经改过：请看现在的内容，再决定。",
  },
  {
    unreachable: "The service does not answer",
    try: "Check the network, or try again in a while.",
    where: "Where",
    row: "Row",
    column: "Column",
    read: "Read",
    expected: "Expected",
    fix: "How to fix it",
    findings: "Findings",
    request: "Request",
    again: "Try again",
    superseded: "Somebody else has changed it since: look at what stands now, then decide.",
  },
);

/** What went wrong: place, what was read, what was expected, and how to fix it. */
export function ProblemAlert({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useTexts(TEXTS);
  const problem = error instanceof ApiError ? error.problem : undefined;
  const findings = problem?.findings ?? [];
  const title = useTitle(problem) ?? t.unreachable;
  const detail = problem === undefined ? t.try : findings.length > 0 ? undefined : problem.detail;
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      className="problem"
      title={problem?.type === "superseded" ? t.superseded : title}
      description={
        <>
          {detail && <p className="detail">{detail}</p>}
          {findings.length > 0 && <Findings findings={findings} />}
          {problem?.request_id && (
            <small>
              {t.request}: {problem.request_id}
            </small>
          )}
        </>
      }
      action={
        retry && (
          <Button size="small" onClick={retry}>
            {t.again}
          </Button>
        )
      }
    />
  );
}

/** What is wrong, in the reader's language: the catalogue of codes tells it. */
function useTitle(problem: Problem | undefined): string | undefined {
  const { language } = usePreferences();
  const known = problem !== undefined && problem.status !== 401; // the catalogue is told to whoever is known
  const asked = $api.useQuery(
    "get",
    "/api/v1/problems",
    {},
    { enabled: known && language === "zh", staleTime: Number.POSITIVE_INFINITY },
  );
  const code = asked.data?.find((one) => one.code === problem?.type);
  return (language === "zh" && code?.title_zh) || problem?.title;
}

/** Findings as a table: where, row, column, what was read, what was expected, how to fix it. */
export function Findings({ findings }: { findings: Finding[] }) {
  const t = useTexts(TEXTS);
  const names = ["where", "row", "column", "read", "expected", "fix"] as const;
  const columns = names.map((name) => ({ title: t[name], dataIndex: name, key: name }));
  const rows = findings.map((finding, key) => ({ ...finding, key }));
  return (
    <Table
      size="small"
      aria-label={t.findings}
      columns={columns}
      dataSource={rows}
      pagination={{ pageSize: 10, hideOnSinglePage: true }}
    />
  );
}
