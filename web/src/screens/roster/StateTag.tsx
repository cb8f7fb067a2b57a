import { Tag } from "antd";
import { useTexts } from "../../app/preferences";
import type { Version } from "./rosterData";
import { TEXTS } from "./texts";

const COLOURS = {
  proposal: "warning",
  approved: "processing",
  published: "success",
  superseded: "default",
  withdrawn: "default",
} as const;

/** How a version stands. */
export function StateTag({ state }: { state: Version["state"] }) {
  const t = useTexts(TEXTS);
  return <Tag color={state ? COLOURS[state] : "default"}>{t[state ?? "aside"]}</Tag>;
}
