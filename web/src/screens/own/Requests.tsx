import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Card, DatePicker, Flex, Form, Input, Select, Tag } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { $api, api, ask, changing, type Schemas } from "../../api/client";
import { useCentre } from "../../app/centre";
import { useFormats, usePreferences, useTexts } from "../../app/preferences";
import { useMe } from "../../app/session";
import { Loaded, Nothing } from "../../shared/Loaded";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { time } from "./Month";
import { useOwnShifts } from "./ownData";
import { type Filled, type Kind, requestOf } from "./request";
import { TEXTS } from "./texts";

const KINDS: Kind[] = ["leave", "swap", "give_away", "wish"];
const COLOURS = { received: "processing", granted: "success", to_leader: "warning", refused: "error" } as const;
type Request = Schemas["RequestOut"];

/** One's own requests with their decisions, and a form for another one. */
export function Requests() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const asked = $api.useQuery("get", "/api/v1/centres/{centre}/requests", { params: { path: { centre }, query: { limit: 100 } } });
  return (
    <Flex vertical gap="middle">
      <AskFor />
      <Loaded asked={asked}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing why={t.noRequests} />
          ) : (
            page.items.toReversed().map((request) => <RequestCard key={request.request.id} request={request} />)
          )
        }
      </Loaded>
    </Flex>
  );
}

function RequestCard({ request }: { request: Request }) {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  const { decision } = request;
  const told = request.request as Record<string, unknown>;
  const days = told.days ? (told.days as string[]).join(", ") : [told.day ?? told.first, told.last].filter(Boolean).join(" – ");
  const alternative = language === "zh" ? decision?.alternative_zh : decision?.alternative;
  return (
    <Card
      size="small"
      title={`${t[told.kind as Kind] ?? told.kind} · ${days}`}
      extra={<Tag color={COLOURS[request.status]}>{t[request.status]}</Tag>}
    >
      {decision && <p>{language === "zh" ? decision.sentence_zh : decision.sentence}</p>}
      {alternative && (
        <p>
          {t.alternative}: {alternative}
        </p>
      )}
      {told.other ? <small>{String(told.other)}</small> : null}
    </Card>
  );
}

const day = (value: Dayjs | undefined) => value?.format("YYYY-MM-DD");
type Fields = { kind: Kind; span?: [Dayjs, Dayjs]; day?: Dayjs; shift?: string; days?: string[]; other?: string };

function AskFor() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const { agent } = useMe();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Fields>();
  const [kind, setKind] = useState<Kind>("leave");
  const send = useMutation({
    mutationFn: async (told: Filled) => {
      if (told.kind === "wish") {
        const body = { day: told.day ?? "", kind: "off", shift: "", rank: 1 };
        await api.POST("/api/v1/centres/{centre}/me/wishes", { params: { path: { centre } }, body });
        return;
      }
      const request = requestOf(told, agent, crypto.randomUUID(), new Date().toISOString());
      await ask(`/api/v1/centres/${centre}/requests`, { method: "POST", ...changing(request) });
    },
    onSuccess: () => {
      message.success(t.sent);
      form.resetFields();
      setKind("leave");
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["get", "/api/v1/centres/{centre}/requests"] }),
  });
  const filled = ({ span, shift, ...told }: Fields): Filled => ({
    ...told,
    day: day(told.day) ?? shift,
    first: day(span?.[0]),
    last: day(span?.[1]),
  });
  const shifts = (useOwnShifts().data ?? []).map((one) => ({
    value: one.date,
    label: `${formats.day(one.date)} ${time(one.start)}–${time(one.end)} ${one.code}`,
  }));
  const required = [{ required: true }];
  return (
    <Card size="small" title={t.ask}>
      {send.error && <ProblemAlert error={send.error} />}
      <Form
        form={form}
        layout="vertical"
        initialValues={{ kind }}
        onFinish={(told: Fields) => send.mutate(filled(told))}
        lang={formats.locale}
      >
        <Form.Item name="kind" label={t.kind}>
          <Select onChange={setKind} options={KINDS.map((value) => ({ value, label: t[value] }))} />
        </Form.Item>
        {kind === "leave" && (
          <Form.Item name="span" label={`${t.from} – ${t.to}`} rules={required}>
            <DatePicker.RangePicker style={{ width: "100%" }} />
          </Form.Item>
        )}
        {kind === "swap" && (
          <>
            <Form.Item name="other" label={t.other} rules={required}>
              <Input autoComplete="off" />
            </Form.Item>
            <Form.Item name="days" label={t.days} rules={required}>
              <Select mode="multiple" options={shifts} showSearch={false} />
            </Form.Item>
          </>
        )}
        {kind === "give_away" && (
          <Form.Item name="shift" label={t.day} rules={required}>
            <Select options={shifts} />
          </Form.Item>
        )}
        {kind === "wish" && (
          <Form.Item name="day" label={t.day} rules={required}>
            <DatePicker style={{ width: "100%" }} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" block loading={send.isPending}>
          {t.send}
        </Button>
      </Form>
    </Card>
  );
}
