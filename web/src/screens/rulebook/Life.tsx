import { Timeline, Typography } from "antd";
import { Link } from "react-router";
import { useRows } from "../../api/tables";
import { useCentre } from "../../app/centre";
import { useFacts } from "../../app/facts";
import { useFormats, useTexts } from "../../app/preferences";
import { Loaded, Nothing } from "../../shared/Loaded";
import { TEXTS } from "./texts";

const DEEDS = ["drafted", "consulted", "commented", "answered", "announced", "enforced", "withdrawn"] as const;
const isDeed = (told: unknown): told is (typeof DEEDS)[number] => DEEDS.some((one) => one === told);

/** What was done with the rulebooks, newest first. */
export function Life() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { zone } = useFacts();
  const centre = useCentre();
  const asked = useRows(centre, "rulebooks");
  const text = (value: unknown) => (value == null ? "" : String(value));
  return (
    <Loaded asked={asked}>
      {(rows) =>
        rows.length === 0 ? (
          <Nothing
            why={t.noLife}
            next={
              <>
                <Typography.Paragraph type="secondary">{t.noLifeNext}</Typography.Paragraph>
                <Link to={`/c/${centre}/runs`}>{t.toRuns}</Link>
              </>
            }
          />
        ) : (
          <Timeline
            className="rulebook-life"
            items={rows.toReversed().map(({ key, row }) => ({
              key,
              content: (
                <>
                  <strong>{isDeed(row.deed) ? t[row.deed] : text(row.deed)}</strong> {text(row.rulebook)}{" "}
                  {row.first != null && `${text(row.first)} ${row.last == null ? "" : `– ${text(row.last)}`}`}
                  <div>{text(row.text)}</div>
                  <Typography.Text type="secondary">
                    {formats.instant(text(row.at), zone)} · {text(row.by)}
                  </Typography.Text>
                </>
              ),
            }))}
          />
        )
      }
    </Loaded>
  );
}
