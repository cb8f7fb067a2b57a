import { Tabs } from "antd";
import { useNavigate, useParams } from "react-router";
import { useCentre } from "../../app/centre";
import { useTexts } from "../../app/preferences";
import { Page } from "../../shared/Page";
import { Balances } from "./Balances";
import { CalendarLink } from "./CalendarLink";
import { Month } from "./Month";
import "./own.css";
import { Requests } from "./Requests";
import { TEXTS } from "./texts";

/** An agent's own page: shifts, requests, what has been counted, the calendar; made for a telephone. */
export default function OwnPage() {
  const t = useTexts(TEXTS);
  const centre = useCentre();
  const navigate = useNavigate();
  const open = useParams()["*"] || "shifts";
  const items = [
    { key: "shifts", label: t.month, children: <Month /> },
    { key: "requests", label: t.requests, children: <Requests /> },
    { key: "balances", label: t.balances, children: <Balances /> },
    { key: "calendar", label: t.calendar, children: <CalendarLink /> },
  ];
  return (
    <Page title={t.title}>
      <Tabs className="own" activeKey={open} items={items} onChange={(key) => navigate(`/c/${centre}/me/${key}`)} destroyOnHidden />
    </Page>
  );
}
