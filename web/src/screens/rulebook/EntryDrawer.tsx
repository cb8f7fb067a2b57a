import { Alert, Descriptions, Drawer, Flex, Typography } from "antd";
import { useFormats, usePreferences, useTexts } from "../../app/preferences";
import { DerogationFacts, keyOf } from "./Derogations";
import { Source } from "./EntryTable";
import type { Entry, Rule, Rulebook } from "./entries";
import { Force } from "./Force";
import { figures } from "./figures";
import { TEXTS } from "./texts";
import { useStrategyName } from "./useStrategyName";

/** All that is known of a rule or goal. */
export function EntryDrawer({ entry, book, onClose }: { entry: Entry | undefined; book: Rulebook; onClose: () => void }) {
  return (
    <Drawer open={entry !== undefined} title={entry?.name} size={560} onClose={onClose}>
      {entry && <Told entry={entry} book={book} />}
    </Drawer>
  );
}

function Told({ entry, book }: { entry: Entry; book: Rulebook }) {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  const nameOf = useStrategyName(book);
  const { rule } = entry;
  const item = (key: string, label: string, children: React.ReactNode) => ({ key, label, children });
  return (
    <Flex vertical gap="middle">
      <Flex gap="small" align="center" wrap>
        <Force force={entry.force} weight={entry.weight} />
        <Typography.Text type="secondary">{t[`${entry.force}Means`]}</Typography.Text>
      </Flex>
      <Typography.Paragraph className="rulebook-says">{entry.says}</Typography.Paragraph>
      <Descriptions
        className="rulebook-facts"
        size="small"
        bordered
        column={1}
        items={[
          ...figures(rule?.numbers ?? {}, language).map((one) => item(one.key, one.name, <b>{one.value}</b>)),
          item("strategy", t.strategy, nameOf(entry.strategy)),
          ...(rule
            ? [
                item("source", t.source, <Source source={rule.source} />),
                item("binds", t.binds, <Binds rule={rule} />),
                item("valid", t.valid, <Valid rule={rule} />),
                item("full", t.sourceFull, <span lang="en">{rule.source}</span>),
              ]
            : []),
          item("id", t.id, <code>{entry.id}</code>),
        ]}
      />
      {rule && (
        <>
          <Typography.Title level={2} className="rulebook-section">
            {t.derogation}
          </Typography.Title>
          <Alert type={rule.waivable ? "warning" : "info"} showIcon title={rule.waivable ? t.waivableMeans : t.neverMeans} />
          {entry.derogations.map((one) => (
            <DerogationFacts key={keyOf(one)} derogation={one} />
          ))}
        </>
      )}
    </Flex>
  );
}

const SCOPES = ["contracts", "agents", "teams", "sites"] as const;

function Binds({ rule }: { rule: Rule }) {
  const t = useTexts(TEXTS);
  const systems = (rule.scope.hours_systems ?? []).map((one) => t[one]).join(" · ");
  const named = SCOPES.flatMap((one) => {
    const ids = rule.scope[one] ?? [];
    return ids.length > 0 ? [`${t[one]} ${ids.join(" · ")}`] : [];
  });
  return <>{[...(systems ? [systems] : []), ...named].join(" / ") || t.everyone}</>;
}

function Valid({ rule }: { rule: Rule }) {
  const t = useTexts(TEXTS);
  const { locale } = useFormats();
  const day = (at: string) =>
    new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${at}T00:00Z`));
  const told = [rule.valid_from && `${t.from} ${day(rule.valid_from)}`, rule.valid_until && `${t.until} ${day(rule.valid_until)}`];
  return <>{told.filter(Boolean).join(" ") || t.always}</>;
}
