import type { Language } from "../../app/preferences";

/** What the sources of rules are called in Chinese; the longer name stands before one that it holds. */
const CHINESE: [string, string][] = [
  ["State Council rule on working time", "《国务院关于职工工作时间的规定》"],
  ["State Council Office notice of 4 November 2025", "国务院办公厅通知（2025 年 11 月 4 日）"],
  ["Special Rules for Female Employees", "《女职工劳动保护特别规定》"],
  ["Wage Payment Provisional Rules", "《工资支付暂行规定》"],
  ["Labour Supervision Regulation", "《劳动保障监察条例》"],
  ["Algorithm Recommendation Rules", "《互联网信息服务算法推荐管理规定》"],
  ["Juvenile Protection Law", "《未成年人保护法》"],
  ["Annual Leave Regulation", "《职工带薪年休假条例》"],
  ["Implementing Measures", "《企业职工带薪年休假实施办法》"],
  ["Labour Contract Law", "《劳动合同法》"],
  ["Child Labour Ban", "《禁止使用童工规定》"],
  ["Holiday Measures", "《全国年节及纪念日放假办法》"],
  ["Labour Law", "《劳动法》"],
  ["PIPL", "《个人信息保护法》"],
  ["Directive 2003/88/EC", "欧盟指令 2003/88/EC"],
  ["HSE good practice guidelines", "英国 HSE 良好实践指南"],
  ["UK guidance for call centres", "英国呼叫中心指南"],
  ["practice of contact centres", "行业惯例"],
  ["practice of arbitration", "仲裁惯例"],
  ["provincial measures", "各省规定"],
  ["house choice: the contract", "内部规定（合同）"],
];
const HOUSE = /\b(house choice|practice)\b|^HSE|^UK guidance/;

/** Whether a source is the centre's own choice or practice, no law. */
export const isHouse = (source: string): boolean => HOUSE.test(source.split(/[:;(]/)[0] ?? "");

/** What a rule rests on, law by law, without the remarks: as short as a table needs it. */
export function citations(source: string, language: Language): string[] {
  return source
    .split(";")
    .map((part) => part.split(/:(?! the contract)/)[0]?.trim() ?? "")
    .filter((part, k) => k === 0 || /^(?!arts?\.).*(\barts?\.|〔)/.test(part))
    .map((part) => (language === "zh" ? chinese(part) : part));
}

function chinese(part: string): string {
  if (/^house choice/.test(part) && !/the contract/.test(part)) {
    const after = part.match(/after (.*)/)?.[1];
    return after ? `内部规定，参照${named(after)}` : "内部规定";
  }
  return named(part);
}

function named(part: string): string {
  const found = CHINESE.find(([english]) => part.includes(english));
  const told = found ? part.replace(found[0], found[1]) : part;
  return told
    .replace(/ \((\d+) h\b[^)]*\)| \([^)]*(?:days|nights?|weekends|late|health|repeals)[^)]*\)/g, "")
    .replace(/ ?\((?:rev\. 10 Nov )?(\d{4})\)/, "（$1）")
    .replace(/\s*\barts?\. (.*)$/, (_, numbers: string) => `第${numbers.replaceAll(", ", "、").replaceAll(/ .*$/g, "")}条`);
}
