import { Descriptions, Drawer, Tag } from "antd";
import { useZone } from "../../api/centreTold";
import { $api, type Schemas } from "../../api/client";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, usePreferences, useTexts } from "../../app/preferences";
import { Loaded } from "../../shared/Loaded";
import { Term } from "../../shared/Term";
import { useAddress } from "../../shared/useAddress";

const TEXTS = texts(
  {
    title: "这个数字怎么来的",
    steps: "计算步骤",
    inputs: "输入",
    results: "结果，以及少一人会怎样",
    binding: "起决定作用",
    calls: "来电（通）",
    slot_minutes: "时段长度（分钟）",
    handle_time_s: "平均处理时长（秒）",
    patience_s: "平均耐心（秒）",
    target_service_level: "服务水平目标",
    threshold_s: "接起时限（秒）",
    max_occupancy: "占用率上限",
    max_abandon_rate: "放弃率上限",
    max_asa_s: "平均应答时间上限（秒）",
    min_answer_rate: "接通率下限",
    min_staff: "最低在岗（人）",
    shrinkage: "损耗率",
    load_erlang: "话务量（爱尔兰）",
    on_phone: "在线坐席（人）",
    heads: "排班人数（人）",
    service_level: "服务水平",
    abandon_rate: "放弃率",
    asa_s: "平均应答时间（秒）",
    occupancy: "占用率",
    answer_rate: "接通率",
    less: "少一人",
    never: "不放弃",
    targets: {
      none: "无",
      service_level: "服务水平",
      abandonment: "放弃率",
      asa: "平均应答时间",
      occupancy: "占用率上限",
      min_staff: "最低在岗",
      answer_rate: "接通率",
      due: "完成时限",
    } as Record<string, string>,
  },
  {
    title: "How this number came about",
    steps: "Steps",
    inputs: "Inputs",
    results: "Results, and what one agent less would do",
    binding: "Binding",
    calls: "Calls",
    slot_minutes: "Interval, minutes",
    handle_time_s: "Mean handle time, s",
    patience_s: "Mean patience, s",
    target_service_level: "Service level asked for",
    threshold_s: "Answer within, s",
    max_occupancy: "Occupancy at most",
    max_abandon_rate: "Abandonment at most",
    max_asa_s: "ASA at most, s",
    min_answer_rate: "Answer rate at least",
    min_staff: "Least staff, agents",
    shrinkage: "Shrinkage",
    load_erlang: "Load, Erlang",
    on_phone: "Agents on the phones",
    heads: "Agents rostered",
    service_level: "Service level",
    abandon_rate: "Abandonment",
    asa_s: "ASA, s",
    occupancy: "Occupancy",
    answer_rate: "Answer rate",
    less: "one less",
    never: "never hang up",
    targets: {
      none: "none",
      service_level: "service level",
      abandonment: "abandonment",
      asa: "ASA",
      occupancy: "occupancy",
      min_staff: "least staff",
      answer_rate: "answer rate",
      due: "due date",
    },
  },
);
type Words = (typeof TEXTS)["zh"];
const INPUTS = [
  "calls",
  "slot_minutes",
  "handle_time_s",
  "patience_s",
  "target_service_level",
  "threshold_s",
  "max_occupancy",
  "max_abandon_rate",
  "max_asa_s",
  "min_answer_rate",
  "min_staff",
  "shrinkage",
] as const;
const RESULTS = ["load_erlang", "on_phone", "heads", "service_level", "abandon_rate", "asa_s", "occupancy", "answer_rate"] as const;
const SHARES = /level|occupancy|rate$|shrinkage/;
const TERMS: Record<string, string> = { shrinkage: "shrinkage", service_level: "service_level", occupancy: "occupancy" };

/** The formula behind the number that the address names (`?formula=QUEUE@INSTANT`). */
export function FormulaPanel() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const zone = useZone();
  const formats = useFormats();
  const name = useNameOf();
  const [address, ask] = useAddress();
  const [queue, at] = (address("formula") ?? "").split("@");
  const open = Boolean(queue && at);
  const params = { path: { centre }, query: { queue: queue ?? "", at: at ?? "" } };
  const asked = $api.useQuery("get", "/api/v1/centres/{centre}/requirement/explanation", { params }, { enabled: open });
  return (
    <Drawer
      title={open ? `${t.title}：${name(queue ?? "")} · ${formats.instant(at, zone)}` : t.title}
      open={open}
      onClose={() => ask({ formula: undefined })}
      size={560}
      mask={false}
    >
      {open && <Loaded asked={asked}>{(told) => <Explained told={told} t={t} />}</Loaded>}
    </Drawer>
  );
}

function Explained({ told, t }: { told: Schemas["ExplanationOut"]; t: Words }) {
  const formats = useFormats();
  const { language } = usePreferences();
  const shown = (key: string, value: number | string | null | undefined) => {
    if (value === null || value === undefined) return key === "patience_s" ? t.never : "–";
    if (typeof value === "string") return value;
    return SHARES.test(key) ? formats.percent(value, 1) : formats.number(value, 2);
  };
  const label = (key: (typeof INPUTS)[number] | (typeof RESULTS)[number]) =>
    TERMS[key] ? <Term id={TERMS[key]}>{t[key]}</Term> : t[key];
  return (
    <>
      <h3 className="section-title">{t.steps}</h3>
      <ol className="steps-of-formula">
        {(language === "zh" ? told.lines_zh : told.lines).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
      <p>
        {t.binding}: <Tag color="blue">{t.targets[told.binding] ?? told.binding}</Tag>
      </p>
      <Descriptions
        size="small"
        bordered
        column={2}
        title={t.inputs}
        items={INPUTS.filter((key) => key in told.inputs).map((key) => ({
          key,
          label: label(key),
          children: shown(key, told.inputs[key]),
        }))}
      />
      <Descriptions
        size="small"
        bordered
        column={1}
        title={t.results}
        style={{ marginTop: 16 }}
        items={RESULTS.filter((key) => key in told.results).map((key) => ({
          key,
          label: label(key),
          children:
            told.results[`${key}_one_less`] === undefined
              ? shown(key, told.results[key])
              : `${shown(key, told.results[key])}（${t.less} ${shown(key, told.results[`${key}_one_less`])}）`,
        }))}
      />
    </>
  );
}
