import { FileExcelOutlined, FileTextOutlined } from "@ant-design/icons";
import { Button, Flex } from "antd";
import type { ReactNode } from "react";
import { texts, useTexts } from "../app/preferences";

const TEXTS = texts({ csv: "导出 CSV", xlsx: "导出 Excel" }, { csv: "Export as CSV", xlsx: "Export to Excel" });

/** What a picture shows, as columns and rows. */
export type Sheet = { columns: { key: string; title: string }[]; rows: Record<string, unknown>[] };

/** The accessible and printable twin of a grid, canvas or chart: an ordinary table. */
export function TableView({ caption, columns, rows, most = 2000 }: Sheet & { caption: string; most?: number }) {
  return (
    <table className="table-view">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col">
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, most).map((row, k) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of a picture have no key and are never moved
          <tr key={k}>
            {columns.map((column, c) => {
              const cell = row[column.key] as ReactNode;
              return c === 0 ? (
                <th key={column.key} scope="row">
                  {cell}
                </th>
              ) : (
                <td key={column.key}>{cell}</td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Buttons that save a sheet as CSV or XLSX; what writes them is loaded when it is asked for. */
export function SaveSheet({ name, sheet }: { name: string; sheet: () => Sheet | Promise<Sheet> }) {
  const t = useTexts(TEXTS);
  const save = async (how: "saveCsv" | "saveXlsx") => (await import("./save"))[how](name, await sheet());
  return (
    <Flex gap={4}>
      <Button size="small" icon={<FileExcelOutlined />} aria-label={t.xlsx} title={t.xlsx} onClick={() => save("saveXlsx")} />
      <Button size="small" icon={<FileTextOutlined />} aria-label={t.csv} title={t.csv} onClick={() => save("saveCsv")} />
    </Flex>
  );
}
