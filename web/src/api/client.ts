import createFetchClient, { type Middleware } from "openapi-fetch";
import createClient from "openapi-react-query";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
export type Finding = Schemas["FindingOut"];

/** An answer that is no success, as RFC 9457 tells it. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const told = await response.json().catch(() => null);
  return told ?? { type: "unreachable", title: response.statusText, status: response.status };
}

/** Ask, and throw what is no success: the way of everything that is not typed path by path. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, init);
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response;
}

const throwing: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw new ApiError(await problemOf(response));
  },
};

export const api = createFetchClient<paths>({ baseUrl: "" });
api.use(throwing);

/** Typed hooks over the API: `$api.useQuery("get", "/api/v1/me")`. */
export const $api = createClient(api);

/** Body and `If-Match` of a change. */
export function changing(body: unknown, etag?: string): RequestInit {
  return {
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...(etag === undefined ? {} : { "If-Match": etag }) },
  };
}
