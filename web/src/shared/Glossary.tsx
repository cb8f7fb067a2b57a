import { Drawer, Input, List, Typography } from "antd";
import { useState } from "react";
import { texts, usePreferences, useTexts } from "../app/preferences";
import { TERMS } from "./terms";

const TEXTS = texts(
  { title: "术语", search: "查找术语", none: "没有这个术语" },
  { title: "Terms", search: "Find a term", none: "There is no such term" },
);

/** Terms of the field, searched in both languages. */
export function Glossary({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useTexts(TEXTS);
  const { language } = usePreferences();
  const [asked, setAsked] = useState("");
  const found = TERMS.filter((term) => JSON.stringify(term).toLowerCase().includes(asked.toLowerCase()));
  return (
    <Drawer title={t.title} open={open} onClose={onClose} size={480}>
      <Input.Search aria-label={t.search} placeholder={t.search} allowClear onChange={(event) => setAsked(event.target.value)} />
      <List
        dataSource={found}
        locale={{ emptyText: t.none }}
        renderItem={(term) => (
          <List.Item>
            <List.Item.Meta
              title={
                <>
                  {term.names[language]}{" "}
                  <Typography.Text type="secondary">{term.names[language === "zh" ? "en" : "zh"]}</Typography.Text>
                </>
              }
              description={term.meaning}
            />
          </List.Item>
        )}
      />
    </Drawer>
  );
}
