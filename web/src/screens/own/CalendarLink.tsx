import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Flex, Typography } from "antd";
import { $api, api } from "../../api/client";
import { useCentre } from "../../app/centre";
import { useFormats, useTexts } from "../../app/preferences";
import { useMe } from "../../app/session";
import { Loaded } from "../../shared/Loaded";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { TEXTS } from "./texts";

/** A link that the calendar of a telephone subscribes to; told once, revoked at any time. */
export function CalendarLink() {
  const t = useTexts(TEXTS);
  const formats = useFormats();
  const { agent } = useMe();
  const centre = useCentre();
  const client = useQueryClient();
  const path = { centre };
  const feeds = $api.useQuery("get", "/api/v1/centres/{centre}/calendars", { params: { path } });
  const again = { onSettled: () => client.invalidateQueries({ queryKey: ["get", "/api/v1/centres/{centre}/calendars"] }) };
  const make = useMutation({
    mutationFn: () => api.POST("/api/v1/centres/{centre}/calendars", { params: { path }, body: { agent, note: "" } }),
    ...again,
  });
  const revoke = useMutation({
    mutationFn: (feed: number) => api.DELETE("/api/v1/centres/{centre}/calendars/{feed}", { params: { path: { centre, feed } } }),
    ...again,
  });
  const made = make.data?.data;
  return (
    <Flex vertical gap="middle">
      <p>{t.linkHelp}</p>
      {make.error && <ProblemAlert error={make.error} />}
      {made && (
        <Typography.Paragraph code copyable>
          {window.location.origin + made.path}
        </Typography.Paragraph>
      )}
      <Loaded asked={feeds}>
        {(found) => (
          <>
            {found.map((feed) => (
              <Flex key={feed.id} justify="space-between" align="center">
                <span>
                  {t.link} · {formats.instant(feed.created_at)}
                </span>
                <Button danger onClick={() => revoke.mutate(feed.id)}>
                  {t.revoke}
                </Button>
              </Flex>
            ))}
          </>
        )}
      </Loaded>
      <Button type="primary" onClick={() => make.mutate()} loading={make.isPending}>
        {t.make}
      </Button>
    </Flex>
  );
}
