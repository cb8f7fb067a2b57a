import { Tabs } from "antd";
import type { ComponentType } from "react";
import { useNavigate, useParams } from "react-router";
import { useCentre } from "../app/centre";

type Props = {
  /** Path of the screen within the centre. */
  screen: string;
  tabs: { key: string; label: string; Tab: ComponentType }[];
  /** What of the address does not outlive a change of the tab. */
  forget?: string[];
};

/** Parts of a screen, each with a path of its own; the first is the screen's. */
export function PathTabs({ screen, tabs, forget = [] }: Props) {
  const centre = useCentre();
  const navigate = useNavigate();
  const told = useParams()["*"] ?? "";
  const first = tabs[0]?.key ?? "";
  const to = (key: string) => {
    const kept = new URLSearchParams(window.location.search);
    for (const name of forget) kept.delete(name);
    navigate({ pathname: `/c/${centre}/${screen}${key === first ? "" : `/${key}`}`, search: `${kept}` });
  };
  const items = tabs.map(({ key, label, Tab }) => ({
    key,
    label,
    children: (
      <div className="stack">
        <h2 className="unseen">{label}</h2>
        <Tab />
      </div>
    ),
  }));
  return <Tabs activeKey={tabs.some((one) => one.key === told) ? told : first} items={items} destroyOnHidden onChange={to} />;
}
