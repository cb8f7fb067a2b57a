import { texts, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Page } from "../../shared/Page";
import { DataTable } from "../../shared/table/DataTable";

const TEXTS = texts({ title: "坐席与技能" }, { title: "People and skills" });

export default function PeoplePage() {
  const t = useTexts(TEXTS);
  return (
    <Page title={t.title}>
      <DataTable table="staff" editable={useMay("data:write")} />
    </Page>
  );
}
