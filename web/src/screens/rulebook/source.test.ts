import { expect, test } from "vitest";
import { citations, isHouse } from "./source";

test("a source is told law by law, in Chinese with the names of the laws", () => {
  const source = "Labour Law art. 36; State Council rule on working time (1995) art. 3: 8 h a day";
  expect(citations(source, "zh")).toEqual(["《劳动法》第36条", "《国务院关于职工工作时间的规定》（1995）第3条"]);
  expect(citations(source, "en")).toEqual(["Labour Law art. 36", "State Council rule on working time (1995) art. 3"]);
  expect(citations("Special Rules for Female Employees (2012) arts. 6, 9", "zh")).toEqual([
    "《女职工劳动保护特别规定》（2012）第6、9条",
  ]);
  expect(citations("人社部发〔2025〕2号 (62 days of 8 h a quarter); 劳部发〔1994〕503号 arts. 3, 5", "zh")).toEqual([
    "人社部发〔2025〕2号",
    "劳部发〔1994〕503号第3、5条",
  ]);
});

test("remarks behind a source are left to the detail", () => {
  expect(citations("Labour Law art. 41: 3 h a day; art. 42 lifts both in emergencies", "zh")).toEqual(["《劳动法》第41条"]);
  expect(citations("house choice, after HSE good practice guidelines (12 h); overtime has a ceiling", "zh")).toEqual([
    "内部规定，参照英国 HSE 良好实践指南",
  ]);
  expect(citations("house choice", "zh")).toEqual(["内部规定"]);
});

test("what the centre chose is told from what the law says", () => {
  expect(isHouse("house choice, after Directive 2003/88/EC art. 3")).toBe(true);
  expect(isHouse("Labour Contract Law art. 68: at most 24 h a week; the minimum is a house choice")).toBe(false);
});
