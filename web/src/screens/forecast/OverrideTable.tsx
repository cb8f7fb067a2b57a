import { Tag } from "antd";
import type { ReactNode } from "react";
import { useZone } from "../../api/centreTold";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { DataTable } from "../../shared/table/DataTable";
import { KIND_TEXTS } from "./kinds";

const TEXTS = texts(
  {
    title: "人工调整（分层）",
    help: "按次序从低到高叠加；下一次“重新预测”时生效，作者与理由随版本留存。",
    all: "全部队列",
    on: "启用",
    off: "停用",
    none: "没有人工调整：机器预测即为发布的预测。",
  },
  {
    title: "Overrides, layer by layer",
    help: "Laid from the lowest order to the highest; they act when it is forecast again, and stay with author and reason.",
    all: "All queues",
    on: "In use",
    off: "Off",
    none: "No overrides: what the machine says is what is published.",
  },
);
const COLUMNS = ["order", "queues", "start", "end", "kind", "value", "reason", "author", "active"];

/** The layers that planners laid over the forecast. */
export function OverrideTable({ add }: { add: ReactNode }) {
  const t = useTexts(TEXTS);
  const kinds = useTexts(KIND_TEXTS);
  const formats = useFormats();
  const zone = useZone();
  const name = useNameOf();
  const at = (value: unknown) => formats.instant(String(value), zone);
  return (
    <section>
      <h2 className="section-title">{t.title}</h2>
      <p>{t.help}</p>
      <DataTable
        table="overrides"
        columns={COLUMNS}
        editable={useMay("data:write")}
        add={add}
        empty={t.none}
        cells={{
          queues: (value) => ((value as string[] | undefined)?.length ? (value as string[]).map(name).join("、") : t.all),
          start: at,
          end: at,
          kind: (value) => kinds[value as keyof typeof kinds] ?? String(value),
          active: (value) => <Tag color={value === false ? "default" : "blue"}>{value === false ? t.off : t.on}</Tag>,
        }}
      />
    </section>
  );
}
