import { useTexts } from "../../app/preferences";
import { Page } from "../../shared/Page";
import { PathTabs } from "../../shared/PathTabs";
import { Balances } from "./Balances";
import { CalendarLink } from "./CalendarLink";
import { Month } from "./Month";
import "./own.css";
import { Requests } from "./Requests";
import { TEXTS } from "./texts";

const TABS = [
  ["month", Month],
  ["requests", Requests],
  ["balances", Balances],
  ["calendar", CalendarLink],
] as const;

/** An agent's own page: shifts, requests, what has been counted, the calendar; made for a telephone. */
export default function OwnPage() {
  const t = useTexts(TEXTS);
  return (
    <Page title={t.title}>
      <div className="own">
        <PathTabs screen="me" tabs={TABS.map(([key, Tab]) => ({ key, label: t[key], Tab }))} />
      </div>
    </Page>
  );
}
