import { createContext, type ReactNode, useContext } from "react";
import { $api, type Schemas } from "../api/client";

export type Me = Schemas["Whoami"];
export type Permission = Me["permissions"][number];

const Context = createContext<Me | undefined>(undefined);

/** Ask who is logged in; undefined while that is asked, null = nobody. */
export function useAskedMe(): Me | null | undefined {
  const asked = $api.useQuery("get", "/api/v1/me", {}, { retry: false, staleTime: Number.POSITIVE_INFINITY });
  return asked.isError ? null : asked.data;
}

export function MeProvider({ me, children }: { me: Me; children: ReactNode }) {
  return <Context.Provider value={me}>{children}</Context.Provider>;
}

/** Who is logged in, within the shell. */
export function useMe(): Me {
  const found = useContext(Context);
  if (found === undefined) throw new Error("outside of the shell");
  return found;
}

/** Whether somebody holds a permission. */
export const may = (me: Me, permission: Permission) => me.permissions.includes(permission);

/** Whether who is logged in holds a permission. */
export const useMay = (permission: Permission) => may(useMe(), permission);
