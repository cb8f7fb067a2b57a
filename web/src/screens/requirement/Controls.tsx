import { Flex, Segmented } from "antd";
import type { ReactNode } from "react";
import { useTexts } from "../../app/preferences";
import { QueueSelect } from "../../shared/QueueSelect";
import { type Span, SpanPicker } from "../../shared/SpanPicker";
import { MEASURES, useRequirement } from "./useRequirement";
import { MEASURE_TEXTS } from "./words";

type Props = { span: Span | undefined; queue?: "all" | "one" | "chosen"; measures?: boolean; children?: ReactNode };

/** Which queue, days and measure are shown. */
export function Controls({ span, queue = "all", measures = true, children }: Props) {
  const t = useTexts(MEASURE_TEXTS);
  const told = useRequirement();
  return (
    <Flex gap="small" wrap align="center">
      <QueueSelect
        queues={told.queues}
        value={{ all: told.queue, one: told.one, chosen: told.chosen }[queue]}
        withAll={queue !== "one"}
        onChange={(one) => told.ask({ queue: one })}
      />
      {span && told.whole && <SpanPicker span={span} whole={told.whole} onChange={told.ask} />}
      {measures && (
        <Segmented
          aria-label={t.measure}
          value={told.measure}
          options={MEASURES.map((value) => ({ value, label: t[value] }))}
          onChange={(value) => told.ask({ measure: value })}
        />
      )}
      {children}
      <small>
        {t.zone}: {told.zone}
      </small>
    </Flex>
  );
}
