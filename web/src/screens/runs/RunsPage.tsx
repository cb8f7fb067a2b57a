import { Button, Drawer, Select, Table } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { $api } from "../../api/client";
import type { Run } from "../../api/runs";
import { useCentre } from "../../app/centre";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Loaded, Nothing } from "../../shared/Loaded";
import { Page } from "../../shared/Page";
import { RunForm, useKindName, useRunKinds } from "../../shared/run/RunForm";
import { RunProgress, RunState } from "../../shared/run/RunProgress";

const TEXTS = texts(
  {
    title: "运行",
    lead: "预测、需求、排班、调整、预警：每次运行都留下输入、结果与日志。",
    start: "新建运行",
    kind: "运行种类",
    what: "种类",
    state: "状态",
    by: "提交人",
    at: "提交时间",
    why: "原因",
    none: "还没有运行过",
    choose: "选择要运行的内容",
  },
  {
    title: "Runs",
    lead: "Forecasts, requirements, rosters, adjustments, warnings: every run keeps its inputs, its result and its log.",
    start: "New run",
    kind: "Kind of run",
    what: "Kind",
    state: "State",
    by: "Asked by",
    at: "Asked at",
    why: "Why",
    none: "Nothing has been run yet",
    choose: "Choose what to run",
  },
);

export default function RunsPage() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const navigate = useNavigate();
  const open = useParams()["*"] || undefined;
  const nameOf = useKindName();
  const [asking, setAsking] = useState(false);
  const asked = $api.useQuery("get", "/api/v1/centres/{centre}/runs", { params: { path: { centre }, query: { limit: 100 } } });
  const to = (run?: string) => navigate(`/c/${centre}/runs${run ? `/${run}` : ""}`);
  const columns = [
    {
      key: "kind",
      title: t.what,
      render: (run: Run) => <Link to={`/c/${centre}/runs/${run.id}`}>{nameOf(run.kind)}</Link>,
    },
    { key: "state", title: t.state, render: (run: Run) => <RunState run={run} /> },
    { key: "by", title: t.by, dataIndex: "by" },
    { key: "at", title: t.at, render: (run: Run) => formats.instant(run.submitted_at) },
    { key: "why", title: t.why, dataIndex: "why" },
  ];
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={
        useMay("runs:write") && (
          <Button type="primary" onClick={() => setAsking(true)}>
            {t.start}
          </Button>
        )
      }
    >
      <Loaded asked={asked}>
        {(page) => (
          <Table
            size="small"
            rowKey="id"
            columns={columns}
            dataSource={page.items}
            pagination={{ hideOnSinglePage: true }}
            locale={{ emptyText: <Nothing why={t.none} /> }}
          />
        )}
      </Loaded>
      <Drawer open={open !== undefined} title={open} onClose={() => to()} size={560}>
        {open && <RunProgress id={open} />}
      </Drawer>
      <NewRun open={asking} onClose={() => setAsking(false)} onSubmitted={(run) => to(run.id)} />
    </Page>
  );
}

function NewRun({ open, onClose, onSubmitted }: { open: boolean; onClose: () => void; onSubmitted: (run: Run) => void }) {
  const t = useTexts(TEXTS);
  const kinds = useRunKinds();
  const [kind, setKind] = useState<string>();
  const nameOf = useKindName();
  const options = [...kinds.keys()].map((value) => ({ value, label: nameOf(value) }));
  const done = (run: Run) => {
    onClose();
    onSubmitted(run);
  };
  return (
    <Drawer open={open} title={t.start} onClose={onClose} size={480}>
      <Select
        aria-label={t.kind}
        placeholder={t.choose}
        options={options}
        showSearch={{ optionFilterProp: "label" }}
        onChange={setKind}
        style={{ width: "100%" }}
      />
      {kind && <p>{kinds.get(kind)?.help}</p>}
      {kind && <RunForm key={kind} kind={kind} onSubmitted={done} />}
    </Drawer>
  );
}
