import { Button, Flex, Table } from "antd";
import { useState } from "react";
import { useSubmit } from "../../api/runs";
import type { Entry } from "../../api/tables";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useFormats, useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Level } from "../../shared/Level";
import { Loaded, Nothing } from "../../shared/Loaded";
import { RunProgress } from "../../shared/run/RunProgress";
import { TEXTS } from "./texts";

/** How true warnings have been: chances that were stated against what came. */
export function Proof() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const centre = useCentre();
  const rows = useRows(centre, "warning-scores");
  const submit = useSubmit(centre);
  const [run, setRun] = useState<string>();
  const compare = () => submit.mutate({ kind: "score-warnings", params: {} }, { onSuccess: (made) => setRun(made.id) });
  const button = useMay("response:write") && <Button onClick={compare}>{t.score}</Button>;
  const share = (name: string) => (entry: Entry) => formats.percent(entry.row[name] as number, 1);
  const columns = [
    { key: "kind", title: t.chance, render: ({ row }: Entry) => (row.kind === "chance" ? t.chanceKind : t.realisedKind) },
    { key: "level", title: t.level, render: ({ row }: Entry) => (row.level ? <Level level={row.level} /> : t.all) },
    { key: "count", title: t.calls, render: ({ row }: Entry) => formats.number(row.count as number, 0) },
    { key: "stated", title: t.stated, render: share("stated") },
    { key: "missed", title: t.missed, render: share("missed") },
    { key: "brier", title: t.brier, render: ({ row }: Entry) => formats.number(row.brier as number, 3) },
    { key: "false", title: t.falseAlarm, render: share("false_alarm_rate") },
    { key: "foreseen", title: t.foreseen, render: share("foreseen") },
  ];
  return (
    <Flex vertical gap="middle">
      <p>{t.proofLead}</p>
      {run && <RunProgress id={run} />}
      <Loaded asked={rows}>
        {(found) =>
          found.length === 0 ? (
            <Nothing why={t.proofNone} next={button} />
          ) : (
            <>
              <div>{button}</div>
              <Table size="small" rowKey="key" columns={columns} dataSource={found} pagination={false} />
            </>
          )
        }
      </Loaded>
    </Flex>
  );
}
