import { Table } from "antd";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useFacts } from "../../app/facts";
import { useFormats, useTexts } from "../../app/preferences";
import { Chart } from "../../shared/chart/Chart";
import { PALETTE } from "../../shared/chart/colours";
import { Loaded, Nothing } from "../../shared/Loaded";
import { RunButton } from "../../shared/run/RunButton";
import { CAUSES, type Ready, readyOf } from "./echelon";
import { TEXTS } from "./texts";

/** Who of each echelon can be called for each queue, and why the others cannot. */
export function ReadinessTab() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { zone } = useFacts();
  const rows = useRows(useCentre(), "register");
  const told = readyOf((rows.data ?? []).map((entry) => entry.row));
  return (
    <>
      <RunButton kind="echelons-register" label={t.countReady} first={["at"]} permission="response:write" primary />
      <Loaded asked={rows}>
        {() =>
          told === undefined ? (
            <Nothing why={t.noReadiness} />
          ) : (
            <>
              <p>
                {t.asOf} {formats.instant(told.at, zone)}
              </p>
              <Reach ready={told.ready} />
              <Causes ready={told.ready} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Reach({ ready }: { ready: Ready[] }) {
  const t = useTexts(TEXTS);
  const { nameOf } = useFacts();
  const echelons = [...new Set(ready.map((one) => one.echelon))];
  const queues = [...new Set(ready.map((one) => one.queue))];
  const able = (echelon: string, queue: string) =>
    ready.find((one) => one.echelon === echelon && one.queue === queue)?.able ?? null;
  return (
    <Chart
      title={t.reach}
      height={260}
      option={{
        legend: { top: 0 },
        grid: { left: 48, right: 16, top: 36, bottom: 28 },
        tooltip: { trigger: "axis" },
        xAxis: { type: "category", data: queues.map(nameOf) },
        yAxis: { type: "value", minInterval: 1 },
        series: echelons.map((echelon, k) => ({
          type: "bar",
          name: echelon,
          data: queues.map((queue) => able(echelon, queue)),
          itemStyle: { color: PALETTE[k % PALETTE.length], decal: { symbol: "rect", rotation: k, symbolSize: k === 0 ? 0 : 0.4 } },
          label: { show: true, position: "top" },
        })),
      }}
      sheet={() => ({
        columns: [{ key: "queue", title: t.queue }, ...echelons.map((echelon) => ({ key: echelon, title: echelon }))],
        rows: queues.map((queue) => ({
          queue: nameOf(queue),
          ...Object.fromEntries(echelons.map((echelon) => [echelon, able(echelon, queue)])),
        })),
      })}
    />
  );
}

function Causes({ ready }: { ready: Ready[] }) {
  const t = useTexts(TEXTS);
  const { nameOf } = useFacts();
  const right = { align: "right" as const };
  return (
    <section aria-label={t.why}>
      <h3>{t.why}</h3>
      <Table
        size="small"
        pagination={false}
        scroll={{ x: "max-content" }}
        rowKey={(one) => `${one.echelon}/${one.queue}`}
        dataSource={ready}
        columns={[
          { key: "echelon", title: t.echelon, dataIndex: "echelon" },
          { key: "queue", title: t.queue, render: (one: Ready) => nameOf(one.queue) },
          { key: "members", title: t.members, dataIndex: "members", ...right },
          ...CAUSES.filter((cause) => ready.some((one) => one.causes[cause] > 0)).map((cause) => ({
            key: cause,
            title: t.causes[cause],
            render: (one: Ready) => (one.causes[cause] ? `−${one.causes[cause]}` : ""),
            ...right,
          })),
          { key: "able", title: t.able, render: (one: Ready) => <strong>{one.able}</strong>, ...right },
        ]}
      />
    </section>
  );
}
