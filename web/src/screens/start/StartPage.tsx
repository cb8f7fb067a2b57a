import { InboxOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Card, Flex, Form, Input, Steps, Upload } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { $api, api, ask } from "../../api/client";
import { hasEnded, useRun, useSubmit } from "../../api/runs";
import { CentreProvider } from "../../app/centre";
import { texts, useTexts } from "../../app/preferences";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { RunProgress } from "../../shared/run/RunProgress";

const TEXTS = texts(
  {
    title: "快速上手",
    lead: "五分钟走一遍：建一个中心，排一个月，看班表，看预警。",
    make: "建立中心",
    makeLead: "先用自带的示例中心：12 名坐席、一个队列、四周话务。",
    id: "中心编号（小写字母、数字、-）",
    sample: "建立示例中心",
    own: "或者导入自己的数据：把中心文件夹压缩成 ZIP 拖到这里",
    ownHelp: "文件夹的格式见示例中心的 README；有问题会逐条列出，什么都不会写入。",
    plan: "排一个月",
    planLead: "一次运行完成预测、人力需求与月计划，并由独立程序核验每一条规则；通常不到一分钟。",
    planStart: "开始排班",
    look: "看班表",
    lookLead: "班表已发布：带下界、带核验结果。点选一格可以看为什么这样排，也可以直接修改。",
    lookGo: "打开班表",
    warn: "看预警",
    warnLead: "未来 60 天哪些时段接不住，有多大把握，还来得及做什么。",
    warnGo: "打开预警",
  },
  {
    title: "Getting started",
    lead: "Five minutes, once through: make a centre, plan a month, look at the roster, see what is warned of.",
    make: "Make a centre",
    makeLead: "Begin with the sample that comes along (12 agents, one queue, four weeks of calls).",
    id: "Id of the centre (small letters, digits, -)",
    sample: "Make the sample centre",
    own: "Or bring your own data: drop the folder of a centre here, as a ZIP",
    ownHelp: "The README of the sample tells the format; everything wrong is listed, and then nothing is kept.",
    plan: "Plan a month",
    planLead:
      "One run forecasts, computes the requirement and plans the month; a verifier of its own judges every rule. Mostly under a minute.",
    planStart: "Plan it",
    look: "Look at the roster",
    lookLead: "It is in force, with its bound and its verdict. A cell tells why it is so, and can be changed.",
    lookGo: "Open the roster",
    warn: "See what is warned of",
    warnLead: "Which hours of the next 60 days cannot be answered, how sure that is, and what can still be done.",
    warnGo: "Open the warnings",
  },
);

/** From nothing to a month in force, once through. */
export default function StartPage() {
  const t = useTexts(TEXTS);
  const [centre, setCentre] = useState<string>();
  const [planned, setPlanned] = useState(false);
  const current = centre === undefined ? 0 : planned ? 2 : 1;
  return (
    <Page title={t.title} lead={t.lead}>
      <Steps
        orientation="vertical"
        current={current}
        items={[
          { title: t.make, content: current === 0 && <MakeCentre onMade={setCentre} /> },
          {
            title: t.plan,
            content: current === 1 && centre !== undefined && (
              <CentreProvider centre={centre}>
                <PlanMonth centre={centre} onPlanned={() => setPlanned(true)} />
              </CentreProvider>
            ),
          },
          { title: t.look, content: current === 2 && <Next lead={t.lookLead} go={t.lookGo} to={`/c/${centre}/rosters`} /> },
          { title: t.warn, content: current === 2 && <Next lead={t.warnLead} go={t.warnGo} to={`/c/${centre}/warnings`} /> },
        ]}
      />
    </Page>
  );
}

function Next({ lead, go, to }: { lead: string; go: string; to: string }) {
  return (
    <Card size="small">
      <p>{lead}</p>
      <Link to={to}>
        <Button type="primary">{go}</Button>
      </Link>
    </Card>
  );
}

function MakeCentre({ onMade }: { onMade: (centre: string) => void }) {
  const t = useTexts(TEXTS);
  const client = useQueryClient();
  const done = {
    onSuccess: (centre: string) => client.invalidateQueries({ queryKey: ["get", "/api/v1/centres"] }).then(() => onMade(centre)),
  };
  const sample = useMutation({
    mutationFn: async (id: string) => {
      await api.POST("/api/v1/centres", { body: { id, sample: true } });
      return id;
    },
    ...done,
  });
  const own = useMutation({
    mutationFn: async ({ id, file }: { id: string; file: File }) => {
      const body = new FormData();
      body.append("file", file);
      await ask(`/api/v1/centres/${id}/import`, { method: "POST", body });
      return id;
    },
    ...done,
  });
  const held = $api.useQuery("get", "/api/v1/centres");
  const [form] = Form.useForm<{ id: string }>();
  const wrong = sample.error ?? own.error;
  const first = (held.data ?? []).some((one) => one.id === "demo") ? `demo-${(held.data ?? []).length}` : "demo";
  if (held.data === undefined) return null;
  return (
    <Card size="small">
      <p>{t.makeLead}</p>
      {wrong && <ProblemAlert error={wrong} />}
      <Form form={form} layout="vertical" initialValues={{ id: first }} onFinish={({ id }) => sample.mutate(id)}>
        <Form.Item name="id" label={t.id} rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9_-]{0,62}$/, message: t.id }]}>
          <Input style={{ maxWidth: 320 }} />
        </Form.Item>
        <Flex vertical gap="middle">
          <div>
            <Button type="primary" htmlType="submit" loading={sample.isPending}>
              {t.sample}
            </Button>
          </div>
          <Upload.Dragger
            accept=".zip"
            showUploadList={false}
            disabled={own.isPending}
            beforeUpload={(file) => {
              form.validateFields().then(({ id }) => own.mutate({ id, file }));
              return false;
            }}
          >
            <InboxOutlined />
            <p>{t.own}</p>
            <small>{t.ownHelp}</small>
          </Upload.Dragger>
        </Flex>
      </Form>
    </Card>
  );
}

function PlanMonth({ centre, onPlanned }: { centre: string; onPlanned: () => void }) {
  const t = useTexts(TEXTS);
  const submit = useSubmit(centre);
  const [id, setId] = useState<string>();
  const run = useRun(centre, id);
  const start = () => submit.mutate({ kind: "plan", params: { why: t.title } }, { onSuccess: (made) => setId(made.id) });
  const done = run !== undefined && hasEnded(run) && run.state === "succeeded";
  return (
    <Card size="small">
      <p>{t.planLead}</p>
      {submit.error && <ProblemAlert error={submit.error} />}
      {id === undefined ? (
        <Button type="primary" onClick={start} loading={submit.isPending}>
          {t.planStart}
        </Button>
      ) : (
        <RunProgress id={id} />
      )}
      {done && (
        <Button type="primary" onClick={onPlanned}>
          {t.look}
        </Button>
      )}
    </Card>
  );
}
