import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { usePreferences } from "../app/preferences";
import { termOf } from "./terms";

/** A term of the glossary: its name in the reader's language, its meaning on pointing or focus. */
export function Term({ id, children }: { id: string; children?: ReactNode }) {
  const { language } = usePreferences();
  const term = termOf(id);
  if (term === undefined) return <>{children ?? id}</>;
  return (
    <Tooltip title={`${term.names.zh} · ${term.names.en}: ${term.meaning}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what it means is told on focus */}
      <span className="term" tabIndex={0}>
        {children ?? term.names[language]}
      </span>
    </Tooltip>
  );
}
