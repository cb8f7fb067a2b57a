import { Button, Drawer, Form } from "antd";
import { useState } from "react";
import { COLUMNS, type Entry, type Row, type TableName, useRowChange } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { texts, useTexts } from "../../app/preferences";
import { SchemaField } from "../form/SchemaField";
import { ProblemAlert } from "../ProblemAlert";
import { useNames } from "./columns";

const TEXTS = texts(
  { add: "新增", change: "修改", save: "保存", reload: "看现在的内容" },
  { add: "Add", change: "Change", save: "Save", reload: "Look at what stands now" },
);

/** A form for one row; only what was changed is sent, and only onto the version that was read. */
export function RowForm({ table, entry, onClose }: { table: TableName; entry: Entry | undefined; onClose: () => void }) {
  const t = useTexts(TEXTS);
  const names = useNames();
  const change = useRowChange(useCentre(), table);
  const [form] = Form.useForm<Row>();
  const [before] = useState<Row>(entry?.row ?? {});
  const send = (told: Row) => {
    const row = Object.fromEntries(Object.entries(told).filter(([key, value]) => (value ?? null) !== (before[key] ?? null)));
    const asked = entry
      ? ({ kind: "change", key: entry.key, version: entry.version, row } as const)
      : ({ kind: "add", row } as const);
    change.mutate(asked, { onSuccess: onClose });
  };
  return (
    <Drawer open title={entry ? `${t.change}: ${entry.key}` : t.add} onClose={onClose} size={420}>
      {change.error && <ProblemAlert error={change.error} />}
      <Form form={form} layout="vertical" initialValues={before} onFinish={send}>
        {Object.entries(COLUMNS[table]).map(([id, schema]) => (
          <SchemaField key={id} name={id} label={names(id)} schema={schema} required={schema.anyOf === undefined} />
        ))}
        <Button type="primary" htmlType="submit" loading={change.isPending} block>
          {t.save}
        </Button>
      </Form>
    </Drawer>
  );
}
