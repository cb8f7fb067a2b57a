import { createContext, type ReactNode, useContext, useEffect } from "react";

const KEY = "echelon.centre";
const Context = createContext<string | undefined>(undefined);

/** The centre that a path names. */
export function centreOf(pathname: string): string | undefined {
  const found = pathname.match(/^\/c\/([^/]+)/)?.[1];
  return found === undefined ? undefined : decodeURIComponent(found);
}

/** The centre that was open last in this browser. */
export const keptCentre = () => localStorage.getItem(KEY) ?? "";

export function CentreProvider({ centre, children }: { centre: string | undefined; children: ReactNode }) {
  useEffect(() => {
    if (centre !== undefined) localStorage.setItem(KEY, centre);
  }, [centre]);
  return <Context.Provider value={centre}>{children}</Context.Provider>;
}

/** The centre that is open; screens that belong to one are only shown when there is one. */
export function useCentre(): string {
  const found = useContext(Context);
  if (found === undefined) throw new Error("no centre is open");
  return found;
}
