import type { ComponentType } from "react";
import type { Language } from "./preferences";
import type { Permission } from "./session";

export type Group = "now" | "plan" | "respond" | "people" | "keep";

/** A screen: `screens/NAME/screen.ts` exports one, and it is in the menu. */
export type Screen = {
  path: string;
  order: number;
  group: Group;
  title: Record<Language, string>;
  permission: Permission;
  /** Whether it belongs to a centre; false = to the whole installation. */
  ofCentre?: boolean;
  /** Whether it is for those who are agents themselves. */
  ofAgent?: boolean;
  load: () => Promise<{ default: ComponentType }>;
};

const found = import.meta.glob<{ screen: Screen }>("../screens/*/screen.ts", { eager: true });

export const SCREENS: Screen[] = Object.values(found)
  .map((module) => module.screen)
  .sort((a, b) => a.order - b.order);
