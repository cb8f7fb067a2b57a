import type { Schemas } from "../../api/client";

export type Kind = "leave" | "swap" | "give_away" | "wish";
export type Filled = {
  kind: Kind;
  first?: string | undefined;
  last?: string | undefined;
  day?: string | undefined;
  days?: string[];
  other?: string;
  code?: string;
};
export type Asked = Schemas["Leave"] | Schemas["Swap"] | Schemas["GiveAway"];

/** What is sent for what was filled in; a wish goes another way. */
export function requestOf(told: Filled, agent: string, id: string, at: string): Asked {
  const common = { id, agent, made_at: at, version: "", consents: [] };
  if (told.kind === "swap") return { ...common, kind: "swap", other: told.other ?? "", days: told.days ?? [] };
  if (told.kind === "give_away") return { ...common, kind: "give_away", day: told.day ?? "", takers: [] };
  return {
    ...common,
    kind: "leave",
    first: told.first ?? "",
    last: told.last ?? told.first ?? "",
    code: told.code ?? "AL",
    paid: true,
  };
}
