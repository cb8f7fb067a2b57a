import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Col, Form, InputNumber, Row, Statistic } from "antd";
import { useEffect } from "react";
import { useCentreTold } from "../../api/centreTold";
import { api, type Schemas } from "../../api/client";
import { useCentre } from "../../app/centre";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import type { ChartOption } from "../../shared/chart/echarts";
import { timeAxis } from "../../shared/chart/timeAxis";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { wall } from "../../shared/zone";
import { Controls } from "./Controls";
import { useRequirement } from "./useRequirement";
import { bodyOf, differenceOf, type WhatIfTold } from "./whatIf";
import { MEASURE_TEXTS } from "./words";

const TEXTS = texts(
  {
    lead: "改目标或假设，看要多少人；只是推演，什么都不会保存。",
    service: "服务水平目标（%）",
    threshold: "接起时限（秒）",
    abandon: "放弃率上限（%）",
    occupancy: "占用率上限（%）",
    answered: "接通率下限（%）",
    shrinkage: "损耗率（%）",
    calls: "来电变化（%）",
    handle: "处理时长变化（%）",
    stands: "不变",
    none: "不设",
    go: "推演",
    deferred: "延时工作按全部队列平衡安排，没有自己的目标可推演：请选电话或在线会话队列。",
    before: "现在",
    after: "推演",
    title: "排班人数：现在与推演",
    hours: "排班人时",
    change: "变化",
    peak: "最高人数",
    settle: "要真的改目标，请在“设置”里修改队列目标，再重新计算需求。",
  },
  {
    lead: "Change targets or assumptions to see how many agents they ask for; nothing is saved.",
    service: "Service level asked for, %",
    threshold: "Answer within, s",
    abandon: "Abandonment at most, %",
    occupancy: "Occupancy at most, %",
    answered: "Answer rate at least, %",
    shrinkage: "Shrinkage, %",
    calls: "Calls change by, %",
    handle: "Handle time changes by, %",
    stands: "as it stands",
    none: "none",
    go: "See what it asks for",
    deferred: "Deferred work is levelled over all queues and has no target of its own: choose a queue of calls or chats.",
    before: "Now",
    after: "Otherwise",
    title: "Agents rostered, now and otherwise",
    hours: "Agent-hours rostered",
    change: "Change",
    peak: "Most agents",
    settle: "To change targets for good, change the queue in the settings and compute the requirement again.",
  },
);

/** What other targets and assumptions would ask for, beside what stands. */
export function WhatIfTab() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const { week, one } = useRequirement();
  const [form] = Form.useForm<WhatIfTold>();
  const queue = useCentreTold().data?.queues.find((other) => other.id === one);
  const target = queue?.target;
  const ask = useMutation({
    mutationFn: async (body: Schemas["WhatIfIn"]) =>
      (await api.POST("/api/v1/centres/{centre}/requirement/what-if", { params: { path: { centre } }, body })).data,
  });
  const { reset } = ask;
  useEffect(() => {
    const part = (value: number | null | undefined) => (value == null ? null : Math.round(value * 1000) / 10);
    reset();
    form.setFieldsValue({
      service: part(target?.service_level ?? 0.8),
      threshold: target?.threshold_s ?? 20,
      abandon: part(target?.max_abandon_rate),
      occupancy: part(target?.max_occupancy),
      answered: part(target?.min_answer_rate),
      calls: 0,
      handle: 0,
      shrinkage: null,
    });
  }, [target, form, reset]);
  const fields = [
    ["service", 1, 99.9, t.stands],
    ["threshold", 0, 3600, t.stands],
    ["abandon", 0.1, 100, t.none],
    ["occupancy", 1, 100, t.none],
    ["answered", 1, 99.9, t.none],
    ["shrinkage", 0, 95, t.stands],
    ["calls", -100, 900, "0"],
    ["handle", -90, 900, "0"],
  ] as const;
  return (
    <>
      <Controls span={week} queue="one" measures={false} />
      <p>{t.lead}</p>
      {queue?.channel === "deferred" ? (
        <Alert type="info" showIcon title={t.deferred} />
      ) : (
        <Form
          form={form}
          layout="vertical"
          onFinish={(told) => week && ask.mutate(bodyOf(told, { queue: one, first: week.from, last: week.to }, target))}
        >
          <Row gutter={12}>
            {fields.map(([name, min, max, placeholder]) => (
              <Col key={name} xs={12} md={6}>
                <Form.Item name={name} label={t[name]}>
                  <InputNumber aria-label={t[name]} {...{ min, max, placeholder }} style={{ width: "100%" }} />
                </Form.Item>
              </Col>
            ))}
          </Row>
          <Button type="primary" htmlType="submit" loading={ask.isPending}>
            {t.go}
          </Button>
        </Form>
      )}
      {ask.error && <ProblemAlert error={ask.error} />}
      {ask.data && <BeforeAndAfter told={ask.data} />}
    </>
  );
}

function BeforeAndAfter({ told }: { told: Schemas["WhatIfOut"] }) {
  const t = useTexts(TEXTS);
  const words = useTexts(MEASURE_TEXTS);
  const formats = useFormats();
  const times = told.timestamps.map((at) => wall(at, told.zone));
  const found = differenceOf(told);
  const line = (name: string, data: number[], color: string, type: "solid" | "dashed") => ({
    type: "line" as const,
    step: "middle" as const,
    symbol: "none",
    name,
    data,
    color,
    lineStyle: { type, width: 2 },
  });
  const option: ChartOption = {
    grid: { left: 56, right: 16, top: 36, bottom: 64 },
    legend: { top: 0 },
    tooltip: { trigger: "axis", renderMode: "richText" },
    xAxis: timeAxis(times, formats.day),
    yAxis: { type: "value" },
    dataZoom: [{ type: "inside" }, { type: "slider", height: 18, bottom: 8 }],
    series: [line(t.before, told.before.heads, "#0072b2", "solid"), line(t.after, told.after.heads, "#d55e00", "dashed")],
  };
  const sign = (value: number) => (value > 0 ? "+" : "");
  const share = found.before > 0 ? ` (${sign(found.change)}${formats.percent(found.change / found.before, 1)})` : "";
  return (
    <>
      <Row gutter={24} className="facts">
        <Col>
          <Statistic title={`${t.hours} · ${t.before}`} value={formats.number(found.before, 0)} />
        </Col>
        <Col>
          <Statistic title={`${t.hours} · ${t.after}`} value={formats.number(found.after, 0)} />
        </Col>
        <Col>
          <Statistic title={t.change} value={`${sign(found.change)}${formats.number(found.change, 0)}${share}`} />
        </Col>
        <Col>
          <Statistic title={t.peak} value={`${found.peakBefore} → ${found.peakAfter}`} />
        </Col>
      </Row>
      <Chart
        title={t.title}
        option={option}
        height={300}
        sheet={() => ({
          columns: [
            { key: "time", title: words.time },
            { key: "before", title: t.before },
            { key: "after", title: t.after },
          ],
          rows: times.map((time, k) => ({ time, before: told.before.heads[k], after: told.after.heads[k] })),
        })}
      />
      <p>{t.settle}</p>
    </>
  );
}
