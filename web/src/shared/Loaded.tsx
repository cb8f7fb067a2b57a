import { Empty, Spin } from "antd";
import type { ReactNode } from "react";
import { ProblemAlert } from "./ProblemAlert";

type Asked<T> = { data: T | undefined; error: unknown; isLoading: boolean; refetch: () => unknown };

/** What was asked for when it is there; until then that it is on its way, or why it is not. */
export function Loaded<T>({ asked, children }: { asked: Asked<T>; children: (data: T) => ReactNode }) {
  if (asked.data !== undefined) return <>{children(asked.data)}</>;
  if (asked.error) return <ProblemAlert error={asked.error} retry={() => asked.refetch()} />;
  return asked.isLoading ? <Spin className="waiting" /> : null;
}

/** Nothing is there yet: why, and what to do next. */
export function Nothing({ why, next }: { why: string; next?: ReactNode }) {
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={why}>
      {next}
    </Empty>
  );
}
