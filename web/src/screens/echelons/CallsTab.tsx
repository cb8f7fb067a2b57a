import { Flex } from "antd";
import { useFacts } from "../../app/facts";
import { useFormats, usePreferences, useTexts } from "../../app/preferences";
import { RunButton } from "../../shared/run/RunButton";
import { DataTable } from "../../shared/table/DataTable";
import { TEXTS } from "./texts";

/** Call-outs that are proposed, what came of them, and which playbooks are under way. */
export function CallsTab() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { language } = usePreferences();
  const { nameOf, zone } = useFacts();
  const instant = (value: unknown) => formats.instant(String(value), zone);
  const queue = (value: unknown) => nameOf(String(value));
  const reason = language === "zh" ? "reason_zh" : "reason";
  return (
    <>
      <Flex gap="small" wrap>
        <RunButton kind="call-out-start" label={t.callOut} permission="response:write" primary />
        <RunButton kind="activate" label={t.activate} permission="response:write" />
      </Flex>
      <DataTable
        table="call-outs"
        columns={["echelon", "queue", "call_by", "start", "end", "members", "chance_before", "chance_after", reason]}
        cells={{
          queue,
          call_by: instant,
          start: instant,
          end: instant,
          members: (value) => (value as string[]).length,
          chance_before: (value) => formats.percent(value as number),
          chance_after: (value) => formats.percent(value as number),
        }}
      />
      <h3>{t.playbooks}</h3>
      <DataTable table="playbook-steps" cells={{ at: instant }} />
    </>
  );
}
