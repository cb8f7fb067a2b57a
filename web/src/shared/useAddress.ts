import { useSearchParams } from "react-router";

/** What the address asks for (`?queue=fault&from=...`), and how to ask for something else: what is set to undefined goes. */
export function useAddress(): [(name: string) => string | undefined, (told: Record<string, string | undefined>) => void] {
  const [params, setParams] = useSearchParams();
  const change = (told: Record<string, string | undefined>) =>
    setParams(
      (was) => {
        const next = new URLSearchParams(was);
        for (const [name, value] of Object.entries(told)) {
          if (value === undefined || value === "") next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true },
    );
  return [(name) => params.get(name) ?? undefined, change];
}
