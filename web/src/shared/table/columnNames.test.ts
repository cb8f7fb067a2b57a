import { expect, test } from "vitest";
import document from "../../../openapi.json?raw";
import { COLUMNS } from "../../api/tables";
import { termOf } from "../terms";
import { COLUMN_NAMES } from "./columnNames";

type Document = { components: { schemas: Record<string, { properties?: Record<string, unknown> }> } };

const columns = new Set(Object.values(COLUMNS).flatMap(Object.keys));
const schemas = Object.entries((JSON.parse(document) as Document).components.schemas);
const params = schemas.filter(([name]) => name.endsWith("Run")).flatMap(([, schema]) => Object.keys(schema.properties ?? {}));

test("every column and every parameter of a run has a name in both languages", () => {
  const unnamed = [...columns, ...params].filter((id) => COLUMN_NAMES[id] === undefined && termOf(id) === undefined);
  expect([...new Set(unnamed)]).toEqual([]);
});

test("no name is left of what is gone", () => {
  expect(Object.keys(COLUMN_NAMES).filter((id) => !columns.has(id) && !params.includes(id))).toEqual([]);
});
