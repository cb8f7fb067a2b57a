// Types of the API, from its document: `node scripts/types.mjs openapi.json`. A screen that no longer fits does not compile.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const document = JSON.parse(readFileSync(process.argv[2], "utf8"));
// tables and runs are many and alike: screens reach them by name (api/tables.ts, api/runs.ts)
const alike = /^\/api\/v1\/centres\/\{centre\}\/(tables\/[a-z-]+|runs\/(?!\{run\})[a-z-]+)(\/|$)|^\/scim\//;
const paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => !alike.test(path)));
writeFileSync("src/api/schema.d.ts", astToString(await openapiTS({ ...document, paths })));

/** Columns of each table with their types, as forms and filters need them. */
function columns(name) {
  const resolved = (ref) => document.components.schemas[ref.slice("#/components/schemas/".length)];
  const rows = document.paths[`/api/v1/centres/{centre}/tables/${name}`].get.responses[200].content["application/json"].schema.$ref;
  const entry = resolved(resolved(rows).properties.items.items.$ref);
  const row = resolved(entry.properties.row.$ref);
  return Object.fromEntries(Object.entries(row.properties).map(([key, { title, ...told }]) => [key, told]));
}
const tables = Object.keys(document.paths).flatMap((path) => path.match(/\/tables\/([a-z-]+)$/)?.[1] ?? []);
writeFileSync("src/api/rows.json", JSON.stringify(Object.fromEntries(tables.map((name) => [name, columns(name)]))));
