import { DownloadOutlined, UploadOutlined } from "@ant-design/icons";
import { Button, Input, Menu } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { $api, type Schemas } from "../../api/client";
import type { TableName } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useTexts } from "../../app/preferences";
import { useMay } from "../../app/session";
import { Loaded, Nothing } from "../../shared/Loaded";
import { Page } from "../../shared/Page";
import { DataTable } from "../../shared/table/DataTable";
import { useTableName } from "../../shared/table/tableNames";
import "./data.css";
import { TEXTS } from "./texts";
import { UploadPanel } from "./UploadPanel";

const MODES = ["record", "log", "output"] as const;
type Table = Schemas["TableOut"];

/** Every table of the centre; one is open. */
export default function DataPage() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const open = useParams()["*"] || undefined;
  const tables = $api.useQuery("get", "/api/v1/centres/{centre}/tables", { params: { path: { centre } } });
  const whole = useMay("people:export");
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={
        whole && (
          <Button icon={<DownloadOutlined />} href={`/api/v1/centres/${centre}/export`} download>
            {t.whole_centre}
          </Button>
        )
      }
    >
      <Loaded asked={tables}>
        {(found) => (
          <div className="data">
            <Tables tables={found} open={open} />
            <Opened key={open} table={found.find((one) => one.name === open)} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Tables({ tables, open }: { tables: Table[]; open: string | undefined }) {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const navigate = useNavigate();
  const nameOf = useTableName();
  const [words, setWords] = useState("");
  const fits = (table: Table) => `${table.name} ${nameOf(table.name)}`.toLowerCase().includes(words.toLowerCase());
  const items = MODES.map((mode) => ({
    key: mode,
    type: "group" as const,
    label: t[mode],
    children: tables
      .filter((one) => one.mode === mode && fits(one))
      .map((one) => ({ key: one.name, label: nameOf(one.name), title: one.file })),
  }));
  return (
    <nav className="data-tables" aria-label={t.title}>
      <Input aria-label={t.find} placeholder={t.find} allowClear onChange={(event) => setWords(event.target.value)} />
      <Menu items={items} selectedKeys={open ? [open] : []} onClick={({ key }) => navigate(`/c/${centre}/data/${key}`)} />
    </nav>
  );
}

function Opened({ table }: { table: Table | undefined }) {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const nameOf = useTableName();
  const mayWrite = useMay("data:write");
  const [uploading, setUploading] = useState(false);
  if (table === undefined) return <Nothing why={t.choose} />;
  const editable = table.mode === "record" && mayWrite;
  return (
    <section className="stack">
      <div className="data-head">
        <h2 className="section-title">
          {nameOf(table.name)} <small>{table.file}</small>
        </h2>
        <Button
          size="small"
          icon={<DownloadOutlined />}
          href={`/api/v1/centres/${centre}/files/${table.file.replace(/\.csv$/, ".xlsx")}`}
          download
        >
          {t.download}
        </Button>
        {editable && (
          <Button size="small" icon={<UploadOutlined />} onClick={() => setUploading(!uploading)}>
            {t.upload}
          </Button>
        )}
      </div>
      {uploading && <UploadPanel table={table.name as TableName} />}
      <DataTable table={table.name as TableName} editable={editable} />
    </section>
  );
}
