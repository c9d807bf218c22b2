import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Settings } from "../settings/settings";
import { Session } from "./session";

const COPY = { kind: "session", refreshToken: "a-token", email: "operator@example.com" };
const SIGNED_OUT = { phase: "signed-out", email: "" };
const SETTINGS: Settings = {
  region: "us-east-2",
  userPoolId: "us-east-2_Pool",
  clientId: "client",
  signInEndpoint: "http://localhost/cognito",
  apiBase: "/api",
  stage: "test",
};
const SIGNED_IN = { phase: "signed-in", email: COPY.email };

/** Another tab, which hears what is said and answers when the test wants it. */
let other: BroadcastChannel;
let heard: unknown[];

beforeEach(() => {
  heard = [];
  other = new BroadcastChannel("session");
  other.addEventListener("message", ({ data }) => heard.push(data));
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("No network in this test.")));
});

afterEach(() => {
  other.close();
  vi.unstubAllGlobals();
});

it("takes a copy of another tab's session also when that tab answers late", async () => {
  const { session, kept } = aTab();
  await session.restore();
  expect(session.state.get()).toEqual(SIGNED_OUT);
  await vi.waitFor(() => expect(heard).toEqual([{ kind: "who-is-there" }]));
  other.postMessage(COPY);
  await vi.waitFor(() => expect(session.state.get()).toEqual(SIGNED_IN));
  expect(kept.get("refresh-token")).toBe(COPY.refreshToken);
});

it.each<[string, string[], (session: Session) => void]>([
  [
    "a person signs in here",
    ["signed-out"],
    (session) => void session.signIn("a@example.com", "b").catch(() => 0),
  ],
  ["a person has signed out", ["signed-out", "signed-out"], () => other.postMessage({ kind: "signed-out" })],
])("takes no copy once %s", async (_, expected, happen) => {
  const { session, kept } = aTab();
  await session.restore();
  const phases: string[] = [];
  session.state.follow(() => phases.push(session.state.get().phase));
  happen(session);
  other.postMessage(COPY);
  // Messages arrive in order: with this one, the copy has been heard.
  other.postMessage({ kind: "signed-out" });
  await vi.waitFor(() => expect(phases).toEqual(expected));
  expect(kept.has("refresh-token")).toBe(false);
});

function aTab(): { session: Session; kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  };
  return { session: new Session(SETTINGS, storage as unknown as Storage), kept };
}
