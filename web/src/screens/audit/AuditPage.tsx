import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Descriptions, Flex, Input, Table } from "antd";
import { useState } from "react";
import { ask, type Schemas } from "../../api/client";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { SaveSheet } from "../../shared/TableView";

const TEXTS = texts(
  {
    title: "审计记录",
    lead: "谁在何时、为什么改了什么，改前改后各是什么。任何人都不能修改或删除。",
    at: "时间",
    who: "谁",
    action: "动作",
    centre: "中心",
    target: "对象",
    why: "原因",
    before: "改前",
    after: "改后",
    from: "来自",
    more: "更早的记录",
    filterAction: "按动作筛选，如 roster.approved",
    filterWho: "按人筛选",
  },
  {
    title: "Audit trail",
    lead: "Who changed what, when and why, with what stood before and after. Nobody can change or remove it.",
    at: "When",
    who: "Who",
    action: "What",
    centre: "Centre",
    target: "Of what",
    why: "Why",
    before: "Before",
    after: "After",
    from: "From",
    more: "Earlier ones",
    filterAction: "Filter by what, such as roster.approved",
    filterWho: "Filter by who",
  },
);
type Line = Schemas["AuditLine"];
type Lines = Schemas["Page_AuditLine_"];

/** Who changed what, when and why. */
export default function AuditPage() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const [filter, setFilter] = useState({ action: "", who: "" });
  const asked = useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: async ({ pageParam }): Promise<Lines> => {
      const told = { limit: "100", ...(filter.action && { action: filter.action }), ...(filter.who && { who: filter.who }) };
      return (await ask(`/api/v1/audit?${new URLSearchParams({ ...told, ...(pageParam && { after: pageParam }) })}`)).json();
    },
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const lines = asked.data?.pages.flatMap((page) => page.items) ?? [];
  const columns = [
    { key: "at", title: t.at, render: (line: Line) => formats.instant(line.at) },
    { key: "who", title: t.who, dataIndex: "who" },
    { key: "action", title: t.action, dataIndex: "action" },
    { key: "centre", title: t.centre, dataIndex: "centre" },
    { key: "target", title: t.target, dataIndex: "target" },
    { key: "why", title: t.why, dataIndex: "why" },
  ];
  const sheet = () => ({
    columns: [
      ...columns.map(({ key, title }) => ({ key, title })),
      { key: "before", title: t.before },
      { key: "after", title: t.after },
    ],
    rows: lines.map((line) => ({ ...line, before: JSON.stringify(line.before), after: JSON.stringify(line.after) })),
  });
  return (
    <Page title={t.title} lead={t.lead}>
      <Flex gap="small" wrap className="table-head">
        <Input.Search
          aria-label={t.filterAction}
          placeholder={t.filterAction}
          allowClear
          style={{ width: 280 }}
          onSearch={(action) => setFilter({ ...filter, action })}
        />
        <Input.Search
          aria-label={t.filterWho}
          placeholder={t.filterWho}
          allowClear
          style={{ width: 180 }}
          onSearch={(who) => setFilter({ ...filter, who })}
        />
        <SaveSheet name="audit" sheet={sheet} />
      </Flex>
      {asked.error && <ProblemAlert error={asked.error} retry={() => asked.refetch()} />}
      <Table
        size="small"
        rowKey="id"
        loading={asked.isLoading}
        columns={columns}
        dataSource={lines}
        pagination={false}
        expandable={{ expandedRowRender: (line) => <Details line={line} /> }}
      />
      {asked.hasNextPage && (
        <Button onClick={() => asked.fetchNextPage()} loading={asked.isFetchingNextPage}>
          {t.more}
        </Button>
      )}
    </Page>
  );
}

function Details({ line }: { line: Line }) {
  const t = useTexts(TEXTS);
  const told = (value: unknown) => <pre className="told">{value == null ? "–" : JSON.stringify(value, null, 1)}</pre>;
  return (
    <Descriptions
      size="small"
      column={2}
      items={[
        { key: "before", label: t.before, children: told(line.before) },
        { key: "after", label: t.after, children: told(line.after) },
        { key: "from", label: t.from, children: told(line.origin) },
      ]}
    />
  );
}
