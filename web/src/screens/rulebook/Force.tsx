import { AimOutlined, LockOutlined, TagOutlined } from "@ant-design/icons";
import { Tag, Tooltip } from "antd";
import { useFormats, useTexts } from "../../app/preferences";
import type { Force as Name } from "./entries";
import { TEXTS } from "./texts";

const MARKS = { hard: <LockOutlined />, priced: <TagOutlined />, goal: <AimOutlined /> };
const COLOURS = { hard: "error", priced: "warning", goal: "processing" };

/** What a breach takes: the law of the roster, a price, or a goal; told by mark, word and colour. */
export function Force({ force, weight }: { force: Name; weight?: number | undefined }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  return (
    <Tooltip title={t[`${force}Means`]}>
      <Tag icon={MARKS[force]} color={COLOURS[force]} className="rulebook-force">
        {t[force]}
        {weight !== undefined && ` ${formats.number(weight, 3)}`}
      </Tag>
    </Tooltip>
  );
}
