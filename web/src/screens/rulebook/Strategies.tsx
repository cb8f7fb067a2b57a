import { Button, Card, Empty, Flex, Menu, Typography } from "antd";
import type { Schemas } from "../../api/client";
import { usePreferences, useTexts } from "../../app/preferences";
import { useAddress } from "../../shared/useAddress";
import { Source } from "./EntryTable";
import type { Entry, Rulebook } from "./entries";
import { Force } from "./Force";
import { TEXTS } from "./texts";
import { useStrategyName } from "./useStrategyName";

type Note = Schemas["Note"];
type Props = { entries: Entry[]; book: Rulebook; onOpen: (id: string) => void };
const NONE = "none";

/** The strategies of the rulebook, each as a document: what it is for, who answers for it, what stands under it. */
export function Strategies({ entries, book, onOpen }: Props) {
  const t = useTexts(TEXTS);
  const nameOf = useStrategyName(book);
  const [address, go] = useAddress();
  const known = new Set(book.strategies.map((one) => one.id));
  const under = <T extends { strategy: string }>(all: T[], id: string) =>
    all.filter((one) => (id === NONE ? !known.has(one.strategy) : one.strategy === id));
  const ids = [...known, ...(under<Entry | Note>([...entries, ...book.notes], NONE).length > 0 ? [NONE] : [])];
  const asked = address("strategy");
  const chosen = asked && ids.includes(asked) ? asked : (ids[0] ?? NONE);
  const items = ids.map((id, k) => ({
    key: id,
    label: (
      <Flex justify="space-between" gap="small" align="baseline">
        <span>{id === NONE ? t.noStrategy : `${k + 1}. ${nameOf(id)}`}</span>
        <Typography.Text type="secondary">{under(entries, id).length + under(book.notes, id).length}</Typography.Text>
      </Flex>
    ),
  }));
  return (
    <div className="rulebook-strategies">
      <Card size="small" className="rulebook-menu">
        <Menu aria-label={t.strategies} items={items} selectedKeys={[chosen]} onClick={({ key }) => go({ strategy: key })} />
      </Card>
      <Document id={chosen} book={book} entries={under(entries, chosen)} notes={under(book.notes, chosen)} onOpen={onOpen} />
    </div>
  );
}

function Document({ id, entries, notes, book, onOpen }: Props & { id: string; notes: Note[] }) {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  const nameOf = useStrategyName(book);
  const told = book.strategies.find((one) => one.id === id);
  const own = (chinese: string | undefined, english: string | undefined) => (language === "zh" && chinese) || english;
  return (
    <Card className="rulebook-document">
      <Typography.Title level={2}>
        {told && `${told.order}. `}
        {nameOf(id)}
      </Typography.Title>
      {told?.owner && (
        <Typography.Text type="secondary">
          {t.owner}
          {own(told.owner_zh, told.owner)}
        </Typography.Text>
      )}
      <Typography.Paragraph className="rulebook-says">
        {told ? own(told.description_zh, told.description) : t.noStrategyMeans}
      </Typography.Paragraph>
      <Typography.Title level={3}>{t.rules}</Typography.Title>
      {entries.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t.holdsNothing} />}
      <ul className="rulebook-list">
        {entries.map((one) => (
          <li key={one.id}>
            <Flex justify="space-between" gap="small" align="start">
              <Button type="link" className="rulebook-name" onClick={() => onOpen(one.id)}>
                {one.name}
              </Button>
              <Force force={one.force} weight={one.weight} />
            </Flex>
            <div>{one.says}</div>
          </li>
        ))}
      </ul>
      {notes.length > 0 && (
        <>
          <Typography.Title level={3}>{t.notes}</Typography.Title>
          <ul className="rulebook-list">
            {notes.map((one) => (
              <li key={one.id}>
                <strong>{own(one.title_zh, one.title)}</strong>
                <div>
                  {t.keptBy}
                  {own(one.kept_by_zh, one.kept_by)}
                </div>
                <Typography.Text type="secondary">
                  <Source source={one.source} />
                </Typography.Text>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
