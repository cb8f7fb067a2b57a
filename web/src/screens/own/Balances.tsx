import { Descriptions } from "antd";
import { useFormats, useTexts } from "../../app/preferences";
import { Loaded, Nothing } from "../../shared/Loaded";
import { useOwnRows } from "./ownData";
import { TEXTS } from "./texts";

/** What has been counted: hours, overtime, fairness and contribution points. */
export function Balances() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const asked = useOwnRows();
  const hours = (minutes: unknown) => `${formats.number(Number(minutes ?? 0) / 60)} ${t.hours}`;
  return (
    <Loaded asked={asked}>
      {({ balances, points }) => {
        const now = balances.at(-1);
        if (now === undefined) return <Nothing why={t.noBalances} />;
        const sum = points.reduce((total, posting) => total + Number(posting.points ?? 0), 0);
        const items = [
          { key: "quarter", label: t.quarter, children: hours(now.quarter_minutes) },
          { key: "year", label: t.year, children: hours(now.year_minutes) },
          { key: "overtime", label: t.overtime, children: hours(now.overtime_minutes) },
          { key: "points", label: t.points, children: formats.number(now.points as number) },
          { key: "contribution", label: t.contribution, children: formats.number(sum, 0) },
        ];
        return <Descriptions bordered column={1} items={items} />;
      }}
    </Loaded>
  );
}
