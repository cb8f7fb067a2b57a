import { expect, test } from "vitest";
import { TERMS, termOf } from "./terms";

test("every line of the glossary is a term in both languages, with its meaning", () => {
  expect(TERMS.length).toBeGreaterThan(150);
  expect(TERMS.filter((term) => !term.names.zh || !term.names.en || term.ids.length === 0 || !term.meaning)).toEqual([]);
});

test("a term is found by what code calls it", () => {
  expect(termOf("aht")?.names).toEqual({ zh: "平均处理时长", en: "average handling time" });
  expect(termOf("nothing")).toBeUndefined();
});
