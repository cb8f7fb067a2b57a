import { Alert, Button, Col, Drawer, Flex, Row, Select } from "antd";
import { useState } from "react";
import { useZone } from "../../api/centreTold";
import { ALL } from "../../api/series";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useNameOf } from "../../app/facts";
import { texts, useFormats, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Loaded, Nothing } from "../../shared/Loaded";
import { QueueSelect } from "../../shared/QueueSelect";
import { RunForm } from "../../shared/run/RunForm";
import { RunProgress } from "../../shared/run/RunProgress";
import { Term } from "../../shared/Term";
import { useAddress } from "../../shared/useAddress";
import { ChanceChart, CoverageChart, ErrorChart, PitChart } from "./accuracyCharts";
import { verdictOf } from "./calibration";
import { useBackTest, useVersions } from "./versions";

const TEXTS = texts(
  {
    none: "还没有回测：“重新预测”时会自动用过去的时点回测，并留在版本里。话务记录太短时不做回测。",
    version: "版本",
    told: "回测：假装站在过去的时点重新预测，再与后来的实际对照。",
    origins: "回测时点数",
    moments: "回测时点",
    good: "概率校准良好：说 80% 的范围，确实约有八成落在其中。",
    narrow: "范围偏窄：实际落在范围外的比说的多，对把握要打折扣。",
    wide: "范围偏宽：实际几乎总在范围内，可以更有把握。",
    high: "预测偏高",
    low: "预测偏低",
    level: "总体不偏",
    within: "80% 范围实际覆盖",
    warnings: "预警概率：说的与来的",
    noWarnings: "还没有预警评分：预警运行过、且对应的来电已知后，即可评分。",
    score: "给预警评分",
    all: "全部提前期合计",
  },
  {
    none: "No back-test yet: “Forecast again” tests itself from past moments and keeps that with the version, if the history of calls is long enough.",
    version: "Version",
    told: "Back-test: forecasts made again as of past moments, against what came.",
    origins: "Past forecasts",
    moments: "Forecast again as of",
    good: "Well calibrated: of the 80 % bands about eight in ten hold what came.",
    narrow: "Bands are too narrow: what came fell outside more often than stated; do not trust them too far.",
    wide: "Bands are too wide: nearly everything fell inside; there is less risk than stated.",
    high: "Forecasts are too high",
    low: "Forecasts are too low",
    level: "No lean either way",
    within: "Held by the 80 % band",
    warnings: "Chances of warnings: stated against came",
    noWarnings: "Warnings have no scores yet: they can be scored once the calls that they spoke of are known.",
    score: "Score the warnings",
    all: "All lead times",
  },
);

/** How good forecasts have been: error by lead time, bands and chances stated against what came, in plain words. */
export function AccuracyTab() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const zone = useZone();
  const name = useNameOf();
  const [address, ask] = useAddress();
  const versions = useVersions();
  const judged = versions.data?.judged ?? [];
  const version = judged.find((one) => one === address("version")) ?? judged[0];
  const asked = useBackTest(version);
  if (versions.data && judged.length === 0)
    return (
      <>
        <Nothing why={t.none} />
        <Warnings />
      </>
    );
  return (
    <Loaded asked={asked}>
      {(tested) => {
        const all = tested.scores.some((one) => one.queue === ALL);
        const queue = address("queue") ?? (all ? ALL : (tested.scores[0]?.queue ?? ALL));
        const scores = tested.scores.filter((one) => one.queue === queue);
        const verdict = verdictOf(scores);
        const queues = [...new Set(tested.scores.map((one) => one.queue))].filter((one) => one !== ALL);
        const dates = tested.origins.map((at) => formats.instant(at, zone)).join(" · ");
        const told = verdict && [
          t[verdict.width],
          `${t.within}: ${formats.percent(verdict.held80, 0)}`,
          `${t[verdict.lean]} (${verdict.bias > 0 ? "+" : ""}${formats.percent(verdict.bias, 1)})`,
        ];
        return (
          <>
            <Flex gap="small" wrap align="center">
              <Select
                aria-label={t.version}
                value={version ?? null}
                options={judged.map((value) => ({ value, label: value }))}
                onChange={(one) => ask({ version: one })}
              />
              <QueueSelect queues={queues} value={queue} withAll={all} onChange={(one) => ask({ queue: one })} />
              <span>
                <Term id="backtest">{t.told}</Term> {t.origins}: {tested.origins.length}
              </span>
            </Flex>
            {told && (
              <Alert
                type={verdict.width === "good" ? "success" : "warning"}
                showIcon
                title={`${queue === ALL ? "" : `${name(queue)}：`}${told[0]}`}
                description={`${told.slice(1).join(" · ")} · ${t.all}`}
              />
            )}
            <Row gutter={[16, 16]}>
              <Col xs={24} xl={12}>
                <ErrorChart scores={scores} />
              </Col>
              <Col xs={24} xl={12}>
                <CoverageChart scores={scores} />
              </Col>
              <Col xs={24} xl={12}>
                <PitChart scores={scores} />
              </Col>
              <Col xs={24} xl={12}>
                <Warnings />
              </Col>
            </Row>
            <small>
              {t.moments}: {dates}
            </small>
          </>
        );
      }}
    </Loaded>
  );
}

function Warnings() {
  const t = useTexts(TEXTS);
  const rows = useRows(useCentre(), "warning-scores");
  const may = useMay("runs:write");
  const [asking, setAsking] = useState(false);
  const [run, setRun] = useState<string>();
  const bins = (rows.data ?? []).filter(({ row }) => row.level == null && row.stated != null && row.missed != null);
  const score = may && <Button onClick={() => setAsking(true)}>{t.score}</Button>;
  return (
    <section>
      {bins.length > 0 ? <ChanceChart rows={bins.map(({ row }) => row)} /> : <h3 className="section-title">{t.warnings}</h3>}
      {bins.length > 0 ? score : <Nothing why={t.noWarnings} next={score} />}
      <Drawer title={t.score} open={asking} onClose={() => setAsking(false)} size={440} destroyOnHidden>
        {run ? <RunProgress id={run} /> : <RunForm kind="score-warnings" onSubmitted={(made) => setRun(made.id)} />}
      </Drawer>
    </section>
  );
}
