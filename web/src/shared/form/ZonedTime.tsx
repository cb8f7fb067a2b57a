import { DatePicker } from "antd";
import dayjs from "dayjs";
import { useZone } from "../../api/centreTold";
import { instantOf, wall } from "../zone";

type Props = { id?: string; value?: string | null; onChange?: (value: string | null) => void; disabled?: boolean; label: string };

/** Date and time of the centre's zone; its value is an instant with offset. */
export function ZonedTime({ id, value, onChange, disabled = false, label }: Props) {
  const zone = useZone();
  return (
    <DatePicker
      {...(id !== undefined && { id })}
      aria-label={label}
      value={value ? dayjs(wall(value, zone)) : null}
      onChange={(told) => onChange?.(told === null ? null : instantOf(told.format("YYYY-MM-DD HH:mm"), zone))}
      showTime={{ format: "HH:mm", minuteStep: 15 }}
      format="YYYY-MM-DD HH:mm"
      disabled={disabled}
      style={{ width: "100%" }}
    />
  );
}
