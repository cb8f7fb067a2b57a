import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Descriptions, Flex, Form, Input, Select, Table, Timeline } from "antd";
import { useState } from "react";
import { ask, changing } from "../../api/client";
import { useCentre } from "../../app/centre";
import { useFacts } from "../../app/facts";
import { useFormats, usePreferences, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Chart } from "../../shared/chart/Chart";
import { PALETTE } from "../../shared/chart/colours";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { TEXTS } from "./texts";
import { causesOf, remediesOf, type Warning } from "./warning";

/** Everything of one warning: what it says, why, what still helps until when, and what was done with it. */
export function WarningPanel({ warning }: { warning: Warning }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { language } = usePreferences();
  const { zone } = useFacts();
  const { row } = warning;
  return (
    <Flex vertical gap="middle">
      <p>{String((language === "zh" ? row.message_zh : row.message) ?? "")}</p>
      {row.stands_on === "outline" && <Alert type="info" showIcon title={t.outline} />}
      <Descriptions
        size="small"
        bordered
        column={2}
        items={[
          { key: "when", label: t.when, children: formats.span(String(row.start), String(row.end), zone), span: 2 },
          { key: "worst", label: t.worst, children: formats.instant(String(row.worst), zone) },
          { key: "missing", label: t.missing, children: formats.number(row.missing_heads as number) },
          { key: "chance", label: t.chance, children: formats.percent(row.chance as number, 1) },
          { key: "realised", label: t.realised, children: formats.percent(row.chance_realised as number, 1) },
          { key: "hours", label: t.hours, children: formats.number(row.missing_hours as number) },
          { key: "lost", label: t.lost, children: formats.number(row.lost_calls as number, 0) },
        ]}
      />
      <Causes warning={warning} />
      <Remedies warning={warning} />
      <Steps warning={warning} />
    </Flex>
  );
}

function Causes({ warning }: { warning: Warning }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const causes = causesOf(warning.row);
  if (causes.length === 0) return null;
  const sheet = () => ({
    columns: [
      { key: "cause", title: t.causes },
      { key: "agents", title: t.missing },
    ],
    rows: causes.map(({ cause, agents }) => ({ cause: t[cause], agents })),
  });
  return (
    <Chart
      title={t.causes}
      sheet={sheet}
      height={60 + 28 * causes.length}
      option={{
        grid: { left: 8, right: 40, top: 8, bottom: 8, containLabel: true },
        xAxis: { type: "value" },
        yAxis: { type: "category", inverse: true, data: causes.map(({ cause }) => t[cause]) },
        series: [
          {
            type: "bar",
            barWidth: 14,
            data: causes.map(({ agents }) => ({ value: agents, itemStyle: { color: agents > 0 ? PALETTE[1] : PALETTE[2] } })),
            label: { show: true, position: "right", formatter: ({ value }) => formats.number(value as number) },
          },
        ],
      }}
    />
  );
}

function Remedies({ warning }: { warning: Warning }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { zone } = useFacts();
  const rows = remediesOf(warning.row);
  if (rows.length === 0) return null;
  const columns = [
    { key: "remedy", title: t.remedy, render: (one: { remedy: string }) => t[one.remedy as keyof typeof t] ?? one.remedy },
    { key: "until", title: t.until, render: (one: { until: string }) => formats.instant(one.until, zone) },
  ];
  return (
    <section>
      <h3>{t.remedies}</h3>
      <Table size="small" rowKey="remedy" columns={columns} dataSource={rows} pagination={false} />
    </section>
  );
}

function Steps({ warning }: { warning: Warning }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { zone } = useFacts();
  const items = warning.steps.map((step, k) => ({
    key: k,
    content: (
      <>
        {t[step.deed as keyof typeof t] ?? String(step.deed)} · {formats.instant(String(step.at), zone)} · {t.by} {String(step.by)}
        {step.reason ? <div>{String(step.reason)}</div> : null}
        {step.lesson ? <div>{String(step.lesson)}</div> : null}
      </>
    ),
  }));
  return (
    <section>
      <h3>{t.steps}</h3>
      <Timeline items={items} />
      {useMay("response:write") && <NextStep warning={warning} />}
    </section>
  );
}

type Deed = "acknowledged" | "escalated" | "closed" | "reviewed";
const NEXT: Record<Warning["state"], Deed[]> = {
  open: ["acknowledged", "escalated", "closed"],
  acknowledged: ["escalated", "closed"],
  closed: ["reviewed"],
  reviewed: [],
};
const VERBS = { acknowledged: "acknowledge", escalated: "escalate", closed: "close", reviewed: "review" } as const;
const ROLES = { acknowledged: "lead", escalated: "owner", closed: "lead", reviewed: "lead" } as const;

/** The step that comes next: acknowledged, escalated, closed or reviewed. */
function NextStep({ warning }: { warning: Warning }) {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const client = useQueryClient();
  const [deed, setDeed] = useState<Deed>();
  const path = `/api/v1/centres/${centre}/tables/warning-steps`;
  const take = useMutation({
    mutationFn: (told: object) =>
      ask(path, { method: "POST", ...changing({ warning: warning.id, deed, role: deed && ROLES[deed], ...told }) }),
    onSuccess: () => setDeed(undefined),
    onSettled: () => client.invalidateQueries({ queryKey: ["tables", centre, "warning-steps"] }),
  });
  return (
    <>
      {take.error && <ProblemAlert error={take.error} />}
      <Flex gap="small">
        {NEXT[warning.state].map((one) => (
          <Button key={one} type={one === "acknowledged" ? "primary" : "default"} onClick={() => setDeed(one)}>
            {t[VERBS[one]]}
          </Button>
        ))}
      </Flex>
      {deed && (
        <Form layout="vertical" onFinish={(told) => take.mutate(told)} className="step-form">
          {deed === "reviewed" && (
            <>
              <Form.Item name="cause" label={t.cause} rules={[{ required: true }]}>
                <Select
                  aria-label={t.cause}
                  options={(["system", "person"] as const).map((value) => ({ value, label: t[value] }))}
                />
              </Form.Item>
              <Form.Item name="done" label={t.done} rules={[{ required: true }]}>
                <Input.TextArea rows={2} />
              </Form.Item>
              <Form.Item name="lesson" label={t.lesson} rules={[{ required: true }]}>
                <Input.TextArea rows={2} />
              </Form.Item>
            </>
          )}
          <Form.Item name="reason" label={t.reason}>
            <Input.TextArea rows={2} />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={take.isPending}>
            {t[VERBS[deed]]}
          </Button>
        </Form>
      )}
    </>
  );
}
