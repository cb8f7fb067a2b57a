import { Tag } from "antd";
import type { Schemas } from "../../api/client";
import { useFormats, useTexts } from "../../app/preferences";
import { Loaded, Nothing } from "../../shared/Loaded";
import { useOwnShifts } from "./ownData";
import { TEXTS } from "./texts";

type Shift = Schemas["OwnShift"];

/** Wall-clock time at the site, as the API writes it with the offset of the site. */
export const time = (at: string) => at.slice(11, 16);

/** One's own published shifts from today on, the next one first and large. */
export function Month() {
  const t = useTexts(TEXTS);
  return (
    <Loaded asked={useOwnShifts()}>
      {(shifts) => {
        const [next, ...later] = shifts;
        if (next === undefined) return <Nothing why={t.none} />;
        return (
          <>
            <section className="own-next" aria-label={t.next}>
              {t.next}
              <ShiftLine shift={next} />
            </section>
            {later.map((shift) => (
              <ShiftLine key={shift.date} shift={shift} />
            ))}
          </>
        );
      }}
    </Loaded>
  );
}

function ShiftLine({ shift }: { shift: Shift }) {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  return (
    <div className="own-shift">
      <span>{formats.day(shift.date)}</span>
      <strong>
        {time(shift.start)}–{time(shift.end)} {shift.changes > 0 && <Tag color="orange">{t.changed}</Tag>}
      </strong>
      <span>{shift.code}</span>
      <span>
        {shift.meal_start && `${t.meal} ${time(shift.meal_start)} (${shift.meal_minutes} ${t.minutes})`}
        {shift.break_starts.length > 0 && ` · ${t.breaks} ${shift.break_starts.map(time).join(" ")}`}
      </span>
    </div>
  );
}
