import { DeleteOutlined, EditOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Flex, Input, Popconfirm, Table, type TableProps } from "antd";
import { type ReactNode, useMemo, useState } from "react";
import { COLUMNS, type Entry, type Row, type TableName, useRowChange, useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { Nothing } from "../Loaded";
import { ProblemAlert } from "../ProblemAlert";
import { SaveSheet } from "../TableView";
import { useNames } from "./columns";
import { RowForm } from "./RowForm";

const TEXTS = texts(
  { search: "查找", add: "新增", edit: "修改", remove: "删除", sure: "确定删除这一行？", none: "还没有内容", rows: "行" },
  {
    search: "Search",
    add: "Add",
    edit: "Change",
    remove: "Remove",
    sure: "Remove this row?",
    none: "Nothing here yet",
    rows: "rows",
  },
);

type Props = {
  table: TableName;
  /** Columns that are shown, in their order; all if left out. */
  columns?: string[];
  filter?: Record<string, string | undefined>;
  /** Whether rows may be added, changed and removed here. */
  editable?: boolean;
  /** In place of the button that adds a row by the plain form. */
  add?: ReactNode;
  /** How cells of some columns are shown. */
  cells?: Record<string, (value: unknown, row: Row) => ReactNode>;
  /** What stands beside each row. */
  deeds?: (entry: Entry) => ReactNode;
  /** What to do when there is nothing. */
  empty?: ReactNode;
  onOpen?: (entry: Entry) => void;
  pageSize?: number;
};

/** A table of the centre: searched, sorted, exported and, where it may be, edited. */
export function DataTable({
  table,
  columns,
  filter = {},
  editable = false,
  add,
  cells = {},
  deeds,
  empty,
  onOpen,
  pageSize = 20,
}: Props) {
  const t = useTexts(TEXTS);
  const names = useNames();
  const formats = useFormats();
  const centre = useCentre();
  const asked = useRows(centre, table, filter);
  const change = useRowChange(centre, table);
  const [words, setWords] = useState("");
  const [open, setOpen] = useState<Entry | "new">();
  const shown = columns ?? Object.keys(COLUMNS[table]);
  const rows = useMemo(() => (asked.data ?? []).filter((entry) => matches(entry.row, words)), [asked.data, words]);
  const settings: TableProps<Entry>["columns"] = shown.map((id) => ({
    key: id,
    title: names(id),
    sorter: (a, b) => compare(a.row[id], b.row[id]),
    render: (_, entry) => cells[id]?.(entry.row[id], entry.row) ?? formatted(entry.row[id], formats),
  }));
  const last = {
    key: "deeds",
    title: "",
    render: (_: unknown, entry: Entry) => (
      <Flex gap={4} justify="end">
        {deeds?.(entry)}
        {editable && <Button size="small" icon={<EditOutlined />} aria-label={t.edit} onClick={() => setOpen(entry)} />}
        {editable && (
          <Popconfirm title={t.sure} onConfirm={() => change.mutate({ kind: "remove", key: entry.key, version: entry.version })}>
            <Button size="small" danger icon={<DeleteOutlined />} aria-label={t.remove} />
          </Popconfirm>
        )}
      </Flex>
    ),
  };
  const sheet = () => ({
    columns: shown.map((key) => ({ key, title: names(key) })),
    rows: rows.map(({ row }) => Object.fromEntries(shown.map((key) => [key, formatted(row[key], formats)]))),
  });
  return (
    <section>
      <Flex justify="space-between" align="center" gap="small" className="table-head">
        <Input.Search
          aria-label={t.search}
          placeholder={t.search}
          allowClear
          style={{ maxWidth: 280 }}
          onChange={(event) => setWords(event.target.value)}
        />
        <Flex gap="small" align="center">
          <span>
            {formats.number(rows.length, 0)} {t.rows}
          </span>
          {add}
          {editable && add === undefined && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen("new")}>
              {t.add}
            </Button>
          )}
          <SaveSheet name={table} sheet={sheet} />
        </Flex>
      </Flex>
      {asked.error && <ProblemAlert error={asked.error} retry={() => asked.refetch()} />}
      {change.error && <ProblemAlert error={change.error} />}
      <Table
        size="small"
        rowKey="key"
        loading={asked.isLoading}
        columns={deeds || editable ? [...settings, last] : settings}
        dataSource={rows}
        pagination={{ defaultPageSize: pageSize, hideOnSinglePage: true, showSizeChanger: true }}
        scroll={{ x: "max-content" }}
        locale={{ emptyText: <Nothing why={t.none} next={empty} /> }}
        {...(onOpen && { onRow: (entry: Entry) => ({ onClick: () => onOpen(entry), className: "openable" }) })}
      />
      {open && <RowForm table={table} entry={open === "new" ? undefined : open} onClose={() => setOpen(undefined)} />}
    </section>
  );
}

const matches = (row: Row, words: string) =>
  words === "" ||
  Object.values(row).some((value) =>
    String(value ?? "")
      .toLowerCase()
      .includes(words.toLowerCase()),
  );

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a ?? "").localeCompare(String(b ?? ""), undefined, { numeric: true });
}

/** A value as a person reads it. */
export function formatted(value: unknown, formats: ReturnType<typeof useFormats>): string | number {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? value : formats.number(value, 3);
  if (typeof value === "boolean") return value ? "✓" : "–";
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  const text = String(value);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? formats.instant(text) : text;
}
