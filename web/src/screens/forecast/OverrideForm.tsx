import { Button, DatePicker, Drawer, Form, Input, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { useZone } from "../../api/centreTold";
import { useRowChange } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useTexts } from "../../app/preferences";
import { useMe } from "../../app/session";
import { ZonedTime } from "../../shared/form/ZonedTime";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { daysLater, instantOf } from "../../shared/zone";
import { KIND_TEXTS } from "./kinds";
import { KINDS, type Layer } from "./layers";

const TEXTS = texts(
  {
    title: "新增人工调整",
    queues: "队列",
    all: "全部队列",
    kind: "怎么调整",
    value: "数值",
    day: "复制哪一天",
    start: "开始",
    end: "结束（不含）",
    reason: "理由",
    why: "写明依据，例如：10 月 8 日账单日",
    cause: "原因标签",
    save: "保存调整",
    needed: "必填",
    after: "结束要晚于开始",
    preview: "左侧图中橙色虚线是调整后的来电，保存前可反复修改。",
  },
  {
    title: "Add an override",
    queues: "Queues",
    all: "All queues",
    kind: "What it does",
    value: "Value",
    day: "Day to copy",
    start: "Start",
    end: "End (excluded)",
    reason: "Reason",
    why: "What it rests on, such as: billing day of 8 October",
    cause: "Cause",
    save: "Save the override",
    needed: "Needed",
    after: "The end must be after the start",
    preview: "The dashed orange line of the chart shows the calls with it; change it as you like before you save.",
  },
);

type Told = Layer & { reason: string; cause?: string };
type Props = {
  queues: string[];
  queue: string | undefined;
  day: string;
  onDraft: (layer: Layer | undefined) => void;
  onClose: () => void;
};

/** A new layer over the forecast; while it is filled in the chart shows what it would do. */
export function OverrideForm({ queues, queue, day, onDraft, onClose }: Props) {
  const t = useTexts(TEXTS);
  const kinds = useTexts(KIND_TEXTS);
  const zone = useZone();
  const name = useNameOf();
  const me = useMe();
  const change = useRowChange(useCentre(), "overrides");
  const [form] = Form.useForm<Told>();
  const kind = Form.useWatch("kind", form);
  const required = [{ required: true, message: t.needed }];
  const first = {
    kind: "percent" as const,
    queues: queue === undefined || queue === "*" ? [] : [queue],
    start: instantOf(`${day} 08:00`, zone),
    end: instantOf(`${day} 20:00`, zone),
  };
  const told = (values: Partial<Told>) => {
    const whole =
      values.start && values.end && values.kind && (values.kind === "copied_day" ? values.copy_day : values.value != null);
    onDraft(whole ? (values as Layer) : undefined);
  };
  const send = (values: Told) => {
    const made = new Date();
    const row = { ...values, id: `${me.name}-${made.getTime().toString(36)}`, author: me.name, made_at: made.toISOString() };
    change.mutate({ kind: "add", row }, { onSuccess: onClose });
  };
  return (
    <Drawer open title={t.title} onClose={onClose} size={400} mask={false}>
      {change.error && <ProblemAlert error={change.error} />}
      <p>{t.preview}</p>
      <Form form={form} layout="vertical" initialValues={first} onValuesChange={(_, values) => told(values)} onFinish={send}>
        <Form.Item name="queues" label={t.queues}>
          <Select
            aria-label={t.queues}
            mode="multiple"
            placeholder={t.all}
            options={queues.map((value) => ({ value, label: name(value) }))}
          />
        </Form.Item>
        <Form.Item name="start" label={t.start} rules={required}>
          <ZonedTime label={t.start} />
        </Form.Item>
        <Form.Item
          name="end"
          label={t.end}
          dependencies={["start"]}
          rules={[
            ...required,
            ({ getFieldValue }) => ({
              validator: (_, value: string) =>
                Date.parse(value) > Date.parse(String(getFieldValue("start")))
                  ? Promise.resolve()
                  : Promise.reject(new Error(t.after)),
            }),
          ]}
        >
          <ZonedTime label={t.end} />
        </Form.Item>
        <Form.Item name="kind" label={t.kind} rules={required}>
          <Select aria-label={t.kind} options={KINDS.map((value) => ({ value, label: kinds[value] }))} />
        </Form.Item>
        {kind === "copied_day" ? (
          <Form.Item
            name="copy_day"
            label={t.day}
            rules={required}
            getValueProps={(value: string | undefined) => ({ value: value ? dayjs(value) : null })}
            normalize={(value: dayjs.Dayjs | null) => value?.format("YYYY-MM-DD")}
            initialValue={daysLater(day, -7)}
          >
            <DatePicker aria-label={t.day} style={{ width: "100%" }} />
          </Form.Item>
        ) : (
          <Form.Item name="value" label={t.value} rules={required}>
            <InputNumber aria-label={t.value} style={{ width: "100%" }} />
          </Form.Item>
        )}
        <Form.Item name="reason" label={t.reason} rules={required}>
          <Input.TextArea rows={2} placeholder={t.why} />
        </Form.Item>
        <Form.Item name="cause" label={t.cause}>
          <Input />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={change.isPending} block>
          {t.save}
        </Button>
      </Form>
    </Drawer>
  );
}
