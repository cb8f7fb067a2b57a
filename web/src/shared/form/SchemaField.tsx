import { DatePicker, Form, Input, InputNumber, Select, Switch } from "antd";
import dayjs from "dayjs";
import type { Column } from "../../api/tables";
import { ZonedTime } from "./ZonedTime";

export type Schema = Column & { default?: unknown; minimum?: number; maximum?: number; items?: Schema };

/** The type that a field has, apart from being left out. */
export function plain(schema: Schema): Schema {
  const real = schema.anyOf?.find((one) => one.type !== "null");
  return real === undefined ? schema : { ...schema, ...real };
}

type Props = { name: string; label: string; schema: Schema; required?: boolean; disabled?: boolean };

/** A field of a form, as the JSON schema of the API tells it. */
export function SchemaField({ name, label, schema, required, disabled }: Props) {
  const told = plain(schema);
  const isDay = told.format === "date";
  return (
    <Form.Item
      name={name}
      label={label}
      extra={schema.description}
      rules={required ? [{ required: true }] : []}
      valuePropName={told.type === "boolean" ? "checked" : "value"}
      {...(isDay && {
        getValueProps: (value: unknown) => ({ value: value ? dayjs(String(value)) : null }),
        normalize: (value: dayjs.Dayjs | null) => value?.format("YYYY-MM-DD") ?? null,
      })}
    >
      {inputOf(told, label, disabled)}
    </Form.Item>
  );
}

function inputOf(told: Schema, label: string, disabled?: boolean) {
  const common = { "aria-label": label, disabled };
  if (told.enum) return <Select {...common} allowClear options={told.enum.map((value) => ({ value, label: value }))} />;
  if (told.type === "boolean") return <Switch {...common} />;
  if (told.type === "integer" || told.type === "number") {
    const range = {
      ...(told.minimum !== undefined && { min: told.minimum }),
      ...(told.maximum !== undefined && { max: told.maximum }),
    };
    return <InputNumber {...common} {...range} {...(told.type === "integer" && { precision: 0 })} style={{ width: "100%" }} />;
  }
  if (told.type === "array") return <Select {...common} mode="tags" tokenSeparators={[";", ","]} open={false} suffixIcon={null} />;
  if (told.format === "date-time") return <ZonedTime label={label} {...(disabled !== undefined && { disabled })} />;
  if (told.format === "date") return <DatePicker {...common} style={{ width: "100%" }} />;
  return <Input {...common} allowClear />;
}
