import { SearchOutlined } from "@ant-design/icons";
import { Button, Flex, Input, Segmented, Select, Table, Tag, Typography } from "antd";
import { useFacts } from "../../app/facts";
import { usePreferences, useTexts } from "../../app/preferences";
import { Nothing } from "../../shared/Loaded";
import { SaveSheet } from "../../shared/TableView";
import { useAddress } from "../../shared/useAddress";
import { dayOf, wall } from "../../shared/zone";
import { type Entry, fitting, liftedOn, type Rulebook } from "./entries";
import { Force } from "./Force";
import { citations, isHouse } from "./source";
import { TEXTS } from "./texts";
import { useStrategyName } from "./useStrategyName";

/** All rules and goals, to be searched and filtered. */
export function EntryTable({ entries, book, onOpen }: { entries: Entry[]; book: Rulebook; onOpen: (id: string) => void }) {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  const nameOf = useStrategyName(book);
  const { zone } = useFacts();
  const [address, go] = useAddress();
  const [text, force, strategy] = [address("q"), address("force"), address("strategy")];
  const shown = fitting(entries, { text, force, strategy });
  const today = dayOf(wall(Date.now(), zone));
  const forces = [
    { value: "", label: t.all },
    ...(["hard", "priced", "goal"] as const).map((one) => ({ value: one, label: t[one] })),
  ];
  const strategies = book.strategies.map((one) => ({ value: one.id, label: `${one.order}. ${nameOf(one.id)}` }));
  const columns = [
    {
      key: "name",
      title: t.name,
      width: 240,
      render: (one: Entry) => (
        <>
          <Button type="link" className="rulebook-name" onClick={() => onOpen(one.id)}>
            {one.name}
          </Button>
          <Typography.Text type="secondary" className="rulebook-under">
            {nameOf(one.strategy)}
          </Typography.Text>
        </>
      ),
    },
    {
      key: "numbers",
      title: t.numbers,
      width: 185,
      render: (one: Entry) =>
        one.numbers.length > 0
          ? one.numbers.map((told) => (
              <div key={told} className="rulebook-number">
                {told}
              </div>
            ))
          : "–",
    },
    { key: "force", title: t.force, width: 120, render: (one: Entry) => <Force force={one.force} weight={one.weight} /> },
    { key: "effect", title: t.effect, render: (one: Entry) => one.says },
    { key: "source", title: t.source, width: 285, render: (one: Entry) => <Source source={one.source} /> },
    {
      key: "derogation",
      title: t.derogation,
      width: 84,
      render: (one: Entry) => <Lifting entry={one} today={today} />,
    },
  ];
  const sheet = () => ({
    columns: [
      { key: "id", title: t.id },
      { key: "strategy", title: t.strategy },
      ...columns.map(({ key, title }) => ({ key, title })),
    ],
    rows: shown.map((one) => ({
      id: one.id,
      strategy: nameOf(one.strategy),
      name: one.name,
      numbers: one.numbers.join("; "),
      force: t[one.force] + (one.weight === undefined ? "" : ` ${one.weight}`),
      effect: one.says,
      source: citations(one.source, language).join("; "),
      derogation: one.rule ? (one.rule.waivable ? t.waivable : t.never) : "",
    })),
  });
  return (
    <>
      <Flex gap="small" align="center" wrap className="table-head">
        <Input
          aria-label={t.search}
          placeholder={t.search}
          prefix={<SearchOutlined />}
          allowClear
          value={text ?? ""}
          onChange={(event) => go({ q: event.target.value })}
          style={{ width: 280 }}
        />
        <Segmented aria-label={t.force} value={force ?? ""} options={forces} onChange={(value) => go({ force: value })} />
        <Select
          aria-label={t.strategy}
          allowClear
          placeholder={t.anyStrategy}
          value={strategy ?? null}
          options={strategies}
          onChange={(value: string | null | undefined) => go({ strategy: value ?? undefined })}
          style={{ width: 260 }}
        />
        <Typography.Text type="secondary" role="status" style={{ flex: 1 }}>
          {shown.length} {t.found}
        </Typography.Text>
        <SaveSheet name="rulebook" sheet={sheet} />
      </Flex>
      <Table
        size="small"
        rowKey="id"
        className="rulebook-table"
        columns={columns}
        dataSource={shown}
        pagination={false}
        scroll={{ x: 1080 }}
        locale={{
          emptyText: (
            <Nothing
              why={t.none}
              next={<Button onClick={() => go({ q: undefined, force: undefined, strategy: undefined })}>{t.clear}</Button>}
            />
          ),
        }}
      />
    </>
  );
}

/** The laws that a rule rests on, and whether they are any. */
export function Source({ source }: { source: string }) {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  if (!source) return <>–</>;
  return (
    <Flex gap={4} align="start" className="rulebook-source">
      <Tag className="rulebook-force">{isHouse(source) ? t.house : t.law}</Tag>
      <span>
        {citations(source, language).map((one) => (
          <div key={one}>{one}</div>
        ))}
      </span>
    </Flex>
  );
}

function Lifting({ entry, today }: { entry: Entry; today: string }) {
  const t = useTexts(TEXTS);
  const lifted = liftedOn(entry, today).length;
  if (!entry.rule) return <>–</>;
  if (lifted > 0)
    return (
      <Tag color="warning">
        {t.now} {lifted}
      </Tag>
    );
  return (
    <Typography.Text type={entry.rule.waivable ? undefined : "secondary"}>
      {entry.rule.waivable ? t.waivable : t.never}
    </Typography.Text>
  );
}
