import { Select } from "antd";
import { ALL } from "../api/series";
import { useNameOf } from "../app/facts";
import { texts, useTexts } from "../app/preferences";

const TEXTS = texts({ queue: "队列", all: "全部队列" }, { queue: "Queue", all: "All queues" });

type Props = { queues: string[]; value: string; onChange: (queue: string) => void; withAll?: boolean };

/** Choose a queue by its name; all of them together where that makes sense. */
export function QueueSelect({ queues, value, onChange, withAll = false }: Props) {
  const t = useTexts(TEXTS);
  const name = useNameOf();
  const options = queues.map((id) => ({ value: id, label: name(id) }));
  return (
    <Select
      aria-label={t.queue}
      value={value}
      onChange={onChange}
      options={withAll ? [{ value: ALL, label: t.all }, ...options] : options}
      popupMatchSelectWidth={false}
      style={{ minWidth: 180 }}
    />
  );
}
