import { Button, Descriptions, Table, Typography } from "antd";
import { useFormats, useTexts } from "../../app/preferences";
import { Nothing } from "../../shared/Loaded";
import type { Derogation, Entry, Rulebook } from "./entries";
import { TEXTS } from "./texts";

/** Every derogation from the rulebook, with the rule that it lifts. */
export function Derogations({ entries, book, onOpen }: { entries: Entry[]; book: Rulebook; onOpen: (id: string) => void }) {
  const t = useTexts(TEXTS);
  const columns = useColumns();
  if (book.derogations.length === 0)
    return <Nothing why={t.noDerogation} next={<Typography.Text type="secondary">{t.noDerogationNext}</Typography.Text>} />;
  const name = (id: string) => entries.find((one) => one.id === id)?.name ?? id;
  const rule = {
    key: "rule",
    title: t.rule,
    render: (one: Derogation) => (
      <Button type="link" className="rulebook-name" onClick={() => onOpen(one.rule)}>
        {name(one.rule)}
      </Button>
    ),
  };
  return (
    <Table
      size="small"
      rowKey={keyOf}
      columns={[rule, ...columns]}
      dataSource={book.derogations}
      pagination={{ hideOnSinglePage: true }}
      scroll={{ x: "max-content" }}
    />
  );
}

/** A derogation by itself. */
export function DerogationFacts({ derogation }: { derogation: Derogation }) {
  const items = useColumns().map(({ key, title, render }) => ({ key, label: title, children: render(derogation) }));
  return <Descriptions className="rulebook-facts" size="small" bordered column={1} items={items} />;
}

export const keyOf = (one: Derogation): string => `${one.rule} ${one.first} ${one.last} ${one.agents.join()}`;

type Column = { key: string; title: string; render: (one: Derogation) => React.ReactNode };

/** For whom and when a rule is lifted, by whom and why. */
function useColumns(): Column[] {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const grounds = { disaster: t.disaster, repair: t.repair, law: t.lawful };
  return [
    { key: "days", title: t.days, render: (one) => `${formats.day(one.first)} – ${formats.day(one.last)}` },
    { key: "whom", title: t.whom, render: (one) => one.agents.join(" · ") || t.everyone },
    { key: "ground", title: t.ground, render: (one) => (one.ground ? grounds[one.ground] : "–") },
    { key: "reason", title: t.reason, render: (one) => one.reason },
    { key: "approved", title: t.approved, render: (one) => one.approved_by },
    { key: "legal", title: t.legal, render: (one) => one.legal_approved_by || "–" },
  ];
}
