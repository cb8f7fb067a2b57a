import writeExcelFile from "write-excel-file/universal";
import type { Sheet } from "./TableView";

export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const guarded = (text: string) => (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text);

/** A sheet as cells: text that a spreadsheet would take for a formula has a ' before it. */
export function cellsOf({ columns, rows }: Sheet): (string | number | null)[][] {
  const cell = (value: unknown) => (value == null ? null : typeof value === "number" ? value : guarded(String(value)));
  return [columns.map((column) => column.title), ...rows.map((row) => columns.map((column) => cell(row[column.key])))];
}

/** CSV that Excel opens as UTF-8. */
export function saveCsv(name: string, sheet: Sheet): void {
  const quoted = (value: string | number | null) => (value === null ? "" : `"${String(value).replaceAll('"', '""')}"`);
  const lines = cellsOf(sheet).map((line) => line.map(quoted).join(","));
  saveAs(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" }), `${name}.csv`);
}

export async function saveXlsx(name: string, sheet: Sheet): Promise<void> {
  const data = cellsOf(sheet).map((line, k) =>
    line.map((value) =>
      value === null
        ? null
        : { value, type: typeof value === "number" ? Number : String, ...(k === 0 && { fontWeight: "bold" as const }) },
    ),
  );
  saveAs(await writeExcelFile(data, { stickyRowsCount: 1 }).toBlob(), `${name}.xlsx`);
}
