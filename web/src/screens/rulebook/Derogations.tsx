import { Button, Table, Typography } from "antd";
import { useFormats, useTexts } from "../../app/preferences";
import { Nothing } from "../../shared/Loaded";
import type { Derogation, Entry, Rulebook } from "./entries";
import { TEXTS } from "./texts";

/** Every derogation from the rulebook, with the rule that it lifts. */
export function Derogations({ entries, book, onOpen }: { entries: Entry[]; book: Rulebook; onOpen: (id: string) => void }) {
  const t = useTexts(TEXTS);
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
  return <DerogationTable derogations={book.derogations} first={[rule]} />;
}

type Column = { key: string; title: string; render: (one: Derogation) => React.ReactNode };

/** For whom and when a rule is lifted, by whom and why. */
export function DerogationTable({ derogations, first = [] }: { derogations: Derogation[]; first?: Column[] }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const grounds = { disaster: t.disaster, repair: t.repair, law: t.lawful };
  const columns: Column[] = [
    ...first,
    { key: "days", title: t.days, render: (one) => `${formats.day(one.first)} – ${formats.day(one.last)}` },
    { key: "whom", title: t.whom, render: (one) => one.agents.join(" · ") || t.everyone },
    { key: "ground", title: t.ground, render: (one) => (one.ground ? grounds[one.ground] : "–") },
    { key: "reason", title: t.reason, render: (one) => one.reason },
    { key: "approved", title: t.approved, render: (one) => one.approved_by },
    { key: "legal", title: t.legal, render: (one) => one.legal_approved_by || "–" },
  ];
  return (
    <Table
      size="small"
      rowKey={(one) => `${one.rule} ${one.first} ${one.agents.join()}`}
      columns={columns}
      dataSource={derogations}
      pagination={{ hideOnSinglePage: true }}
      scroll={{ x: "max-content" }}
    />
  );
}
