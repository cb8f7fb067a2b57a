import { InboxOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Flex, Radio, Upload } from "antd";
import { useState } from "react";
import { ask, type Schemas } from "../../api/client";
import type { TableName } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useTexts } from "../../app/preferences";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { TEXTS } from "./texts";

type Uploaded = Schemas["Uploaded"];

/** A file for a table: judged first, every finding shown, taken in when that is confirmed. */
export function UploadPanel({ table }: { table: TableName }) {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const client = useQueryClient();
  const [file, setFile] = useState<File>();
  const [mode, setMode] = useState<"merge" | "whole">("merge");
  const send = async (what: File, how: string, dry: boolean): Promise<Uploaded> => {
    const body = new FormData();
    body.append("file", what);
    const query = new URLSearchParams({ mode: how, dry_run: String(dry) });
    return (await ask(`/api/v1/centres/${centre}/uploads/${table}?${query}`, { method: "POST", body })).json();
  };
  const judge = useMutation({ mutationFn: ({ what, how }: { what: File; how: string }) => send(what, how, true) });
  const take = useMutation({
    mutationFn: (what: File) => send(what, mode, false),
    onSuccess: () => client.invalidateQueries({ queryKey: ["tables", centre] }),
  });
  const choose = (what: File, how: "merge" | "whole") => {
    setFile(what);
    setMode(how);
    take.reset();
    judge.mutate({ what, how });
  };
  return (
    <Flex vertical gap="small">
      <Upload.Dragger
        accept=".csv,.xlsx,.parquet"
        showUploadList={false}
        beforeUpload={(what) => {
          choose(what, mode);
          return false;
        }}
      >
        <InboxOutlined />
        <p>{t.drop}</p>
        <small>{t.dropHelp}</small>
      </Upload.Dragger>
      <Radio.Group
        value={mode}
        onChange={(event) => (file ? choose(file, event.target.value) : setMode(event.target.value))}
        options={(["merge", "whole"] as const).map((value) => ({ value, label: t[value] }))}
      />
      {judge.error && <ProblemAlert error={judge.error} />}
      {take.error && <ProblemAlert error={take.error} />}
      {judge.data && file && !take.data && (
        <Alert
          type="success"
          showIcon
          title={`${file.name}: ${t.checked}`}
          description={<Counts told={judge.data} />}
          action={
            <Button type="primary" loading={take.isPending} onClick={() => take.mutate(file)}>
              {t.take}
            </Button>
          }
        />
      )}
      {take.data && <Alert type="success" showIcon title={t.taken} description={<Counts told={take.data} />} />}
    </Flex>
  );
}

function Counts({ told }: { told: Uploaded }) {
  const t = useTexts(TEXTS);
  return (
    <>
      {told.rows} {t.rows}: {t.added} {told.added}, {t.changed} {told.changed}, {t.removed} {told.removed}
    </>
  );
}
