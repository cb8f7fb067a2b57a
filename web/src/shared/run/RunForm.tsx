import { Button, Collapse, Form } from "antd";
import { $api } from "../../api/client";
import type { Run, RunKind } from "../../api/runs";
import { useSubmit } from "../../api/runs";
import { useCentre } from "../../app/centre";
import { texts, usePreferences, useTexts } from "../../app/preferences";
import { type Schema, SchemaField } from "../form/SchemaField";
import { ProblemAlert } from "../ProblemAlert";
import { useNames } from "../table/columns";
import { kindName } from "./kindName";

const TEXTS = texts({ start: "开始", more: "更多设置" }, { start: "Start", more: "More settings" });

/** Kinds of runs, by their names. */
export function useRunKinds(): Map<string, RunKind> {
  const asked = $api.useQuery("get", "/api/v1/run-kinds", {}, { staleTime: Number.POSITIVE_INFINITY });
  return new Map((asked.data ?? []).map((kind) => [kind.name, kind]));
}

/** What a kind of run is called in the reader's language. */
export function useKindName(): (name: string) => string {
  const kinds = useRunKinds();
  const { language } = usePreferences();
  return (name) => {
    const kind = kinds.get(name);
    return kind === undefined ? name : kindName(kind, language);
  };
}

type Props = {
  kind: string;
  /** Fields that are asked first; the others wait behind "more". */
  first?: string[];
  /** Values that are set already. */
  given?: Record<string, unknown>;
  onSubmitted: (run: Run) => void;
};

/** A form for a run: its parameters as the service tells them. */
export function RunForm({ kind, first = [], given = {}, onSubmitted }: Props) {
  const t = useTexts(TEXTS);
  const names = useNames();
  const { language } = usePreferences();
  const submit = useSubmit(useCentre());
  const told = useRunKinds().get(kind);
  if (told === undefined) return null;
  const schema = told.params as { properties?: Record<string, Schema>; required?: string[] };
  const fields = Object.entries(schema.properties ?? {});
  const field = ([name, one]: [string, Schema]) => (
    <SchemaField key={name} name={name} label={names(name)} schema={one} required={schema.required?.includes(name) ?? false} />
  );
  const isFirst = ([name]: [string, Schema]) => first.includes(name) || (schema.required?.includes(name) ?? false);
  const values = { ...Object.fromEntries(fields.map(([name, one]) => [name, one.default])), ...given };
  const send = (params: object) => submit.mutate({ kind, params: { ...given, ...kept(params) } }, { onSuccess: onSubmitted });
  return (
    <Form layout="vertical" initialValues={values} onFinish={send} lang={language}>
      {submit.error && <ProblemAlert error={submit.error} />}
      {fields.filter(isFirst).map(field)}
      {fields.some((one) => !isFirst(one)) && (
        <Collapse
          ghost
          items={[{ key: "more", label: t.more, forceRender: true, children: fields.filter((one) => !isFirst(one)).map(field) }]}
        />
      )}
      <Button type="primary" htmlType="submit" loading={submit.isPending}>
        {t.start}
      </Button>
    </Form>
  );
}

/** What was filled in: what is left empty is left out. */
const kept = (params: object) =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== ""));
