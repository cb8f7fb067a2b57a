import type rows from "../../api/rows.json";
import { type Language, usePreferences } from "../../app/preferences";

/** What the tables of a centre are called in Chinese; in English their own names do. */
export const TABLE_NAMES: Record<keyof typeof rows, string> = {
  staff: "坐席",
  shifts: "班次",
  leave: "休假",
  wishes: "班次意愿",
  events: "事件日历",
  outages: "停电",
  exclusions: "剔除时段",
  overrides: "预测人工调整",
  balances: "累计带入",
  "shift-demand": "班次需求",
  "leave-wishes": "休假意愿",
  tasks: "知质培任务",
  signals: "外部信号",
  live: "实时指标",
  reach: "可联系时段",
  claims: "激励申领",
  "repeat-orders": "重复工单",
  servqual: "服务质量测评",
  "shift-windows": "班次时间窗",
  "push-state": "推送状态",
  people: "人力系统人员",
  teams: "班组",
  "leave-types": "假种",
  "leave-balances": "假期余额",
  certificates: "资格证书",
  asked: "申请原文",
  versions: "班表版本记录",
  changes: "班表改动",
  activations: "应急启动记录",
  ledger: "积分台账",
  awards: "激励兑现",
  decisions: "申请裁定",
  "leave-decisions": "休假裁定",
  rulebooks: "细则版本",
  "warning-steps": "预警处理经过",
  "call-out-steps": "召集经过",
  "loan-steps": "借调经过",
  "risk-steps": "风险处置经过",
  "control-steps": "服务管控经过",
  "playbook-steps": "预案执行经过",
  proposals: "当日建议",
  drills: "演练记录",
  pushes: "推送记录",
  warnings: "产能预警",
  "call-outs": "召集建议",
  register: "梯队名册",
  coverage: "班表覆盖",
  duty: "梯队值守表",
  rights: "排班权益",
  fairness: "公平性",
  "fairness-carried": "公平性结转",
  "balances-carried": "累计结转",
  "leave-waiting": "休假候补",
  placements: "知质培安排",
  debts: "欠补时长",
  payroll: "计薪工时",
  "payroll-days": "计薪日明细",
  "payroll-call-outs": "应急出勤计薪",
  "payroll-lines": "计薪行",
  settlement: "项目结算",
  "risk-map": "风险地图",
  "what-if": "情景推演",
  drill: "演练对照",
  "drill-replications": "演练各次结果",
  "call-decisions": "召集决策",
  stress: "压力测试",
  "warning-scores": "预警准确性",
  "push-report": "推送对账",
};

/** What a table is called in the reader's language. */
export function tableName(name: string, language: Language): string {
  const zh = TABLE_NAMES[name as keyof typeof TABLE_NAMES];
  return language === "zh" && zh ? zh : name.charAt(0).toUpperCase() + name.slice(1).replaceAll("-", " ");
}

export function useTableName(): (name: string) => string {
  const { language } = usePreferences();
  return (name) => tableName(name, language);
}
