// The public REST API, and who is signed in. The key is kept for this tab only.

const KEY = "assay.key";
const WORKSPACE = "assay.workspace";

/** An answer that is no success; `requestId` finds it in the logs. */
export class ApiError extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.details = error.details ?? [];
    this.requestId = error.request_id ?? "";
  }
}

/** Who is signed in: `scopes` decide what is shown. */
export const session = {
  get key() { return sessionStorage.getItem(KEY) ?? ""; },
  get workspace() { return sessionStorage.getItem(WORKSPACE) ?? ""; },
  me: null,
  can(scope) { return this.me?.scopes.includes(scope) ?? false; },
};

/** Signs in with a key; returns the workspaces to choose from when there are several. */
export async function signIn(key, workspace = "") {
  const me = await send("GET", "/api/me", { key });
  const chosen = workspace || (me.workspaces.length === 1 ? me.workspaces[0] : "");
  if (!chosen) return me.workspaces;
  sessionStorage.setItem(KEY, key);
  sessionStorage.setItem(WORKSPACE, chosen);
  session.me = me;
  return [];
}

/** Goes on with the key of this tab, if there is one. */
export async function resume() {
  if (!session.key) return false;
  session.me = await send("GET", "/api/me", {});
  return true;
}

/** Forgets the key. */
export function signOut() {
  sessionStorage.removeItem(KEY);
  session.me = null;
}

/** Calls the API below the workspace. ApiError; a key that is no longer good also asks to sign in again. */
export const call = (verb, path, options = {}) => send(verb, inWorkspace(path), options);

/** The address of something of the workspace. */
export const inWorkspace = (path) => `/api/workspace/${encodeURIComponent(session.workspace)}/${path}`;

/** What says who calls. */
export const identity = (key = session.key) => ({ authorization: `Bearer ${key}` });

async function send(verb, path, { query = {}, body, headers: more = {}, key = session.key, signal } = {}) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  const headers = { ...identity(key), accept: "application/json", ...more };
  if (body !== undefined) headers["content-type"] = "application/json";
  let answer;
  try {
    answer = await fetch(url, { method: verb, headers, body: body && JSON.stringify(body), signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "UNREACHABLE", message: "The server cannot be reached. It is tried again when you ask." });
  }
  const text = await answer.text();
  const told = parsed(text);
  if (answer.ok) return told;
  const error = told?.error ?? { code: `HTTP_${answer.status}`, message: "The server answered with an error." };
  error.request_id ??= answer.headers.get("x-request-id");
  if (answer.status === 401 && session.me) {
    signOut();
    dispatchEvent(new Event("assay:signed-out"));
  }
  throw new ApiError(answer.status, error);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The entries of all pages of a list, page by page, at most so many. */
export async function* pages(path, { query = {}, most = 1000, signal } = {}) {
  let cursor = "";
  let told = 0;
  do {
    const page = await call("GET", path, { query: { limit: 100, ...query, cursor }, signal });
    yield page.data;
    told += page.data.length;
    cursor = page.pagination.has_more ? page.pagination.cursor : "";
  } while (cursor && told < most);
}
