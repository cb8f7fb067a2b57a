import { $api } from "../../api/client";
import { useCentre } from "../../app/centre";

/** Rows about oneself: wishes, decisions, balances, points. */
export function useOwnRows() {
  const centre = useCentre();
  return $api.useQuery("get", "/api/v1/centres/{centre}/me/rows", { params: { path: { centre } } });
}

/** One's own published shifts from today on. */
export function useOwnShifts() {
  const centre = useCentre();
  return $api.useQuery("get", "/api/v1/centres/{centre}/me/shifts", { params: { path: { centre } } });
}
