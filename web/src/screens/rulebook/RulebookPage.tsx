import { Card, Descriptions, Flex, Tabs } from "antd";
import { useMemo } from "react";
import { $api } from "../../api/client";
import { isMissing } from "../../api/series";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useFacts } from "../../app/facts";
import { useFormats, usePreferences, useTexts } from "../../app/preferences";
import { Loaded, Nothing } from "../../shared/Loaded";
import { Page } from "../../shared/Page";
import { useAddress } from "../../shared/useAddress";
import { Derogations } from "./Derogations";
import { EntryDrawer } from "./EntryDrawer";
import { EntryTable } from "./EntryTable";
import { type Entry, enforcedAt, entriesOf, type Rulebook } from "./entries";
import { Force } from "./Force";
import { Life } from "./Life";
import { Strategies } from "./Strategies";
import { TEXTS } from "./texts";
import "./rulebook.css";

/** The rulebook in force: what it says, since when, by which law, and who is exempt from it. */
export default function RulebookPage() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const asked = $api.useQuery("get", "/api/v1/centres/{centre}/rulebook", { params: { path: { centre } } });
  return (
    <Page title={t.title} lead={t.lead}>
      {isMissing(asked.error) ? <Nothing why={t.noBook} /> : <Loaded asked={asked}>{(book) => <Book book={book} />}</Loaded>}
    </Page>
  );
}

function Book({ book }: { book: Rulebook }) {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  const [address, go] = useAddress();
  const entries = useMemo(() => entriesOf(book, language), [book, language]);
  const open = (rule: string | undefined) => go({ rule });
  const items = [
    { key: "rules", label: `${t.rules} ${entries.length}`, children: <EntryTable entries={entries} book={book} onOpen={open} /> },
    {
      key: "strategies",
      label: `${t.strategies} ${book.strategies.length}`,
      children: <Strategies entries={entries} book={book} onOpen={open} />,
    },
    {
      key: "derogations",
      label: `${t.derogations} ${book.derogations.length}`,
      children: <Derogations entries={entries} book={book} onOpen={open} />,
    },
    { key: "life", label: t.life, children: <Life /> },
  ];
  return (
    <>
      <Standing book={book} entries={entries} />
      <Tabs
        items={items}
        activeKey={address("tab") ?? "rules"}
        onChange={(tab) => go({ tab: tab === "rules" ? undefined : tab, rule: undefined })}
        destroyOnHidden
      />
      <EntryDrawer entry={entries.find((one) => one.id === address("rule"))} book={book} onClose={() => open(undefined)} />
    </>
  );
}

/** Which rulebook is in force since when, and how many rules bind by what. */
function Standing({ book, entries }: { book: Rulebook; entries: Entry[] }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { zone } = useFacts();
  const life = useRows(useCentre(), "rulebooks");
  const enforced = enforcedAt((life.data ?? []).map((one) => one.row));
  const rhythms = book.second_person.map((one) => t[one]).join(" · ");
  const items = [
    { key: "book", label: t.inForce, children: <strong>{book.id}</strong> },
    { key: "version", label: t.version, children: book.version },
    {
      key: "since",
      label: enforced ? t.since : t.written,
      children: `${formats.instant(enforced ?? book.written_at, zone)} (${zone})`,
    },
    { key: "person", label: t.secondPerson, children: rhythms || t.nobody },
  ];
  return (
    <Card size="small">
      <Flex justify="space-between" align="center" gap="middle" wrap>
        <Descriptions
          className="rulebook-standing"
          size="small"
          column={{ xs: 2, md: 4 }}
          layout="vertical"
          colon={false}
          items={items}
        />
        <Flex gap="large" wrap>
          {(["hard", "priced", "goal"] as const).map((force) => (
            <span key={force} className="rulebook-count">
              <b>{entries.filter((one) => one.force === force).length}</b>
              <Force force={force} />
            </span>
          ))}
        </Flex>
      </Flex>
    </Card>
  );
}
