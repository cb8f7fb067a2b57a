import { Alert, Button, Flex, Segmented, Select, Statistic } from "antd";
import { useMemo, useState } from "react";
import { useZone } from "../../api/centreTold";
import { ALL, type Every, isMissing } from "../../api/series";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Chart } from "../../shared/chart/Chart";
import { Loaded, Nothing } from "../../shared/Loaded";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { QueueSelect } from "../../shared/QueueSelect";
import { SpanPicker } from "../../shared/SpanPicker";
import { useAddress } from "../../shared/useAddress";
import { dayOf, daysLater } from "../../shared/zone";
import { BANDS, type Fan, fitted, peakOf } from "./fan";
import { fanOption } from "./fanOption";
import type { Layer } from "./layers";
import { OverrideForm } from "./OverrideForm";
import { OverrideTable } from "./OverrideTable";
import { useFan, useWhole } from "./useFan";
import { useVersions } from "./versions";

const TEXTS = texts(
  {
    none: "还没有预测：导入话务记录后，点右上角“重新预测”。",
    interval: "时段",
    hour: "小时",
    day: "天",
    step: "时间粒度",
    version: "版本",
    newest: "生效版本",
    compare: "与版本比较",
    noCompare: "不与其他版本比较",
    past: "同期实际",
    noPast: "不显示同期",
    week: "上周同日",
    month: "四周前同日",
    year: "去年同星期",
    mean: "预测来电",
    came: "实际来电",
    preview: "调整后（未保存）",
    band: "% 概率范围",
    calls: "来电（通）",
    time: "时间",
    add: "新增调整",
    foreseen: "预测合计",
    cameSum: "实际合计（已知时段）",
    difference: "实际比预测",
    within: "落在 80% 范围内",
    peak: "最高时段",
    noBands: "概率范围只在“时段”粒度、单个队列下给出：多个时段之和的分位数不能由各时段推出。",
    zone: "时间均为中心所在时区",
  },
  {
    none: "There is no forecast yet: bring in the calls, then press “Forecast again” above.",
    interval: "Interval",
    hour: "Hour",
    day: "Day",
    step: "Step",
    version: "Version",
    newest: "Version in force",
    compare: "Compare with a version",
    noCompare: "No other version",
    past: "Calls of earlier days",
    noPast: "No earlier days",
    week: "A week before",
    month: "Four weeks before",
    year: "A year before, same weekday",
    mean: "Calls foreseen",
    came: "Calls that came",
    preview: "With the override (not saved)",
    band: " % chance",
    calls: "Calls",
    time: "Time",
    add: "Add an override",
    foreseen: "Foreseen in all",
    cameSum: "Came, where known",
    difference: "Came against foreseen",
    within: "Within the 80 % band",
    peak: "Highest",
    noBands: "Bands are told for intervals of one queue: quantiles of a sum do not follow from those of its parts.",
    zone: "Times in the zone of the centre",
  },
);

const EVERY: Every[] = ["interval", "hour", "day"];

/** The fan chart of a queue, with what came, earlier days, another version, and the overrides over it. */
export function FanTab() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const zone = useZone();
  const name = useNameOf();
  const mayWrite = useMay("data:write");
  const [address, ask] = useAddress();
  const [draft, setDraft] = useState<Layer>();
  const [adding, setAdding] = useState(false);
  const version = address("version");
  const { asked, whole, queues, busiest } = useWhole(version);
  const queue = address("queue") ?? busiest;
  const every = adding ? "interval" : (EVERY.find((one) => one === address("every")) ?? "interval");
  const first = whole && { from: whole.from, to: [whole.to, daysLater(whole.from, 6)].sort()[0] ?? whole.to };
  const [from, to] = [address("from"), address("to")];
  const span = from && to ? { from, to } : first;
  const before = Number(address("before") ?? 7);
  const preview = adding ? draft : undefined;
  const { fan, wrong } = useFan({ queue, span, every, version, against: address("against"), before, preview });
  const versions = (useVersions().data?.versions ?? []).map((one) => ({
    value: one.version,
    label: `${one.version} · ${formats.instant(one.origin, zone)}`,
  }));
  const option = useMemo(() => {
    const label = (walled: string) =>
      every === "day" ? formats.day(dayOf(walled)) : `${formats.day(dayOf(walled))} ${walled.slice(11)}`;
    const earlier = before === 28 ? t.month : before === 364 ? t.year : t.week;
    return (
      fan &&
      fanOption(fan, {
        mean: t.mean,
        came: t.came,
        before: earlier,
        against: address("against") ?? "",
        preview: t.preview,
        band: (share) => `${share * 100}${t.band}`,
        calls: t.calls,
        label,
        day: formats.day,
        number: (value) => formats.number(value, 0),
      })
    );
  }, [fan, every, before, t, formats, address]);
  if (isMissing(asked.error)) return <Nothing why={t.none} />;
  return (
    <Loaded asked={asked}>
      {() => (
        <>
          <Flex gap="small" wrap align="center">
            <QueueSelect queues={queues} value={queue ?? ALL} withAll onChange={(one) => ask({ queue: one })} />
            {span && whole && <SpanPicker span={span} whole={whole} onChange={ask} />}
            <Segmented
              aria-label={t.step}
              value={every}
              options={EVERY.map((value) => ({ value, label: t[value] }))}
              onChange={(value) => ask({ every: value })}
              disabled={adding}
            />
            <Select
              aria-label={t.past}
              value={before}
              options={[
                { value: 0, label: t.noPast },
                { value: 7, label: t.week },
                { value: 28, label: t.month },
                { value: 364, label: t.year },
              ]}
              onChange={(value) => ask({ before: String(value) })}
              popupMatchSelectWidth={false}
            />
            {versions.length > 0 && (
              <Select
                aria-label={t.version}
                value={version ?? ""}
                options={[{ value: "", label: t.newest }, ...versions]}
                onChange={(value) => ask({ version: value })}
                popupMatchSelectWidth={false}
              />
            )}
            {versions.length > 0 && (
              <Select
                aria-label={t.compare}
                value={address("against") ?? ""}
                options={[{ value: "", label: t.noCompare }, ...versions]}
                onChange={(value) => ask({ against: value })}
                popupMatchSelectWidth={false}
              />
            )}
          </Flex>
          {wrong && <ProblemAlert error={wrong.error} />}
          {fan && <Facts fan={fan} />}
          {fan && option && (
            <Chart
              title={`${queue === ALL || queue === undefined ? t.mean : `${name(queue)} · ${t.mean}`}`}
              option={option}
              height={380}
              sheet={() => sheetOf(fan, t)}
            />
          )}
          {fan && Object.keys(fan.quantiles).length === 0 && <Alert type="info" showIcon title={t.noBands} />}
          <small>
            {t.zone}: {zone}
          </small>
          <OverrideTable
            add={
              mayWrite && (
                <Button type="primary" onClick={() => setAdding(true)}>
                  {t.add}
                </Button>
              )
            }
          />
          {adding && span && (
            <OverrideForm
              queues={queues}
              queue={queue}
              day={span.from}
              onDraft={setDraft}
              onClose={() => {
                setAdding(false);
                setDraft(undefined);
              }}
            />
          )}
        </>
      )}
    </Loaded>
  );
}

function Facts({ fan }: { fan: Fan }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const told = fitted(fan);
  const peak = peakOf(fan.mean);
  const sum = fan.mean.reduce<number>((all, value) => all + (value ?? 0), 0);
  const added = fan.preview.length > 0 ? fan.preview.reduce<number>((all, value) => all + (value ?? 0), 0) - sum : 0;
  const signed = (value: number | null) => (value === null ? "–" : `${value > 0 ? "+" : ""}${formats.percent(value, 1)}`);
  return (
    <Flex gap="large" wrap className="facts">
      <Statistic title={t.foreseen} value={formats.number(sum, 0)} />
      {fan.preview.length > 0 && (
        <Statistic title={t.preview} value={`${added >= 0 ? "+" : "−"}${formats.number(Math.abs(added), 0)}`} />
      )}
      {peak && <Statistic title={`${t.peak} ${(fan.walls[peak.at] ?? "").slice(5)}`} value={formats.number(peak.value, 0)} />}
      {told.came > 0 && <Statistic title={t.cameSum} value={formats.number(told.came, 0)} />}
      {told.came > 0 && <Statistic title={t.difference} value={signed(told.difference)} />}
      {told.within80 !== null && <Statistic title={t.within} value={formats.percent(told.within80, 0)} />}
    </Flex>
  );
}

function sheetOf(fan: Fan, t: (typeof TEXTS)["zh"]) {
  const bands = BANDS.filter((band) => fan.quantiles[band.low]).flatMap((band) => [
    { key: band.low, title: `${band.share * 100}${t.band} ↓` },
    { key: band.high, title: `${band.share * 100}${t.band} ↑` },
  ]);
  const lines = { mean: fan.mean, came: fan.came, before: fan.before, preview: fan.preview, ...fan.quantiles };
  const titles = [
    { key: "mean", title: t.mean },
    { key: "came", title: t.came },
    { key: "before", title: t.past },
    { key: "preview", title: t.preview },
  ].filter(({ key }) => (lines as Record<string, unknown[]>)[key]?.length);
  const round = (value: number | null | undefined) => (value == null ? null : Math.round(value * 10) / 10);
  return {
    columns: [{ key: "time", title: t.time }, ...titles, ...bands],
    rows: fan.walls.map((time, k) => ({
      time,
      ...Object.fromEntries(Object.entries(lines).map(([key, line]) => [key, round(line[k])])),
    })),
  };
}
