import { Button, Flex, Tabs } from "antd";
import { useTexts } from "../../app/preferences";
import { Page } from "../../shared/Page";
import { Keys } from "./Keys";
import { TEXTS } from "./texts";
import { Users } from "./Users";

/** People who may log in, and keys of systems. */
export default function SettingsPage() {
  const t = useTexts(TEXTS);
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={
        <Flex gap="small">
          <Button href="/api/docs">{t.api}</Button>
          <Button href="/licences.txt">{t.licences}</Button>
        </Flex>
      }
    >
      <Tabs
        items={[
          { key: "users", label: t.users, children: <Users /> },
          { key: "keys", label: t.keys, children: <Keys /> },
        ]}
      />
    </Page>
  );
}
