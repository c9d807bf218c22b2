import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connection } from "../live/connection";
import { act, addressOf, connectApi, forgetAnswers, read } from "./client";
import { ApiFailure } from "./failure";

const SENTENCE = "There is no execution 'exec-1'. Check the id.";

interface Sent {
  url: string;
  method: string;
  headers: Record<string, string>;
}

let sent: Sent[] = [];
let answers: (() => Response)[] = [];
let token = "";
const asked = { refused: [] as string[], expired: 0 };

function json(status: number, body: unknown, headers: Record<string, string> = {}): () => Response {
  return () => new Response(status === 304 ? null : JSON.stringify(body), { status, headers });
}

beforeEach(() => {
  [sent, answers, token] = [[], [], "token 1"];
  Object.assign(asked, { refused: [], expired: 0 });
  forgetAnswers();
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push({ url, method: init.method ?? "", headers: init.headers as Record<string, string> });
    const next = answers.shift();
    if (next === undefined) throw new TypeError("Failed to fetch");
    return next();
  });
  connectApi("/api", {
    idToken: async () => token,
    refused: (which) => {
      asked.refused.push(which);
      token = "token 2";
    },
    expire: () => {
      asked.expired += 1;
      token = "token 3";
    },
  });
});

afterEach(() => vi.unstubAllGlobals());

const failureOf = async (reading: Promise<unknown>) => {
  const failure: unknown = await reading.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ApiFailure);
  return failure as ApiFailure;
};

it("writes ids into the path and leaves empty filters out", () => {
  const path = { executionId: "a/b?c" };
  const query = { q: "web 1", cursor: "", status: undefined, limit: 0 };
  expect(addressOf("/executions/{executionId}/servers", { path, query })).toBe(
    "/api/executions/a%2Fb%3Fc/servers?q=web+1&limit=0",
  );
});

describe("an answer that has not changed", () => {
  it("is asked for by its tag and given again", async () => {
    answers = [json(200, { name: "a" }, { ETag: '"1"' }), json(304, null), json(200, { name: "b" })];
    expect(await read("/user", {})).toEqual({ name: "a" });
    expect(await read("/user", {})).toEqual({ name: "a" });
    expect(await read("/user", {})).toEqual({ name: "b" });
    expect(sent.map(({ headers }) => headers["If-None-Match"])).toEqual([undefined, '"1"', '"1"']);
  });

  it("is forgotten with the person who read it", async () => {
    answers = [json(200, {}, { ETag: '"1"' }), json(200, {})];
    await read("/user", {});
    forgetAnswers();
    await read("/user", {});
    expect(sent[1]?.headers["If-None-Match"]).toBeUndefined();
  });
});

describe("a refused token", () => {
  it("is renewed once, and then a person is asked", async () => {
    answers = [json(401, {}), json(401, {}), json(200, { name: "a" })];
    expect(await read("/user", {})).toEqual({ name: "a" });
    expect(sent.map(({ headers }) => headers.Authorization)).toEqual(["token 1", "token 2", "token 3"]);
    expect(asked).toEqual({ refused: ["token 1"], expired: 1 });
  });

  it("is not tried for ever, and a command goes on with its key", async () => {
    answers = [json(401, {}), json(401, {}), json(401, {})];
    const input = { path: { executionId: "exec-1" }, body: {}, key: "the key" } as never;
    const failure = await failureOf(act("post", "/executions/{executionId}/pause", input));
    expect(failure.status).toBe(401);
    expect(sent.map(({ headers }) => headers["Idempotency-Key"])).toEqual(["the key", "the key", "the key"]);
  });
});

describe("a failure", () => {
  it("is the API's sentence, with what support asks for", async () => {
    const error = { code: "RecordNotFound", message: SENTENCE, details: { a: 1 }, retryable: false };
    answers = [json(404, { error, requestId: "r-1" }, { "Retry-After": "7" })];
    const failure = await failureOf(read("/user", {}));
    expect(failure).toMatchObject({
      message: SENTENCE,
      code: "RecordNotFound",
      status: 404,
      requestId: "r-1",
    });
    expect([failure.retryAfterSeconds, failure.isOutcomeUnknown]).toEqual([7, false]);
  });

  it("says so when something else has answered", async () => {
    answers = [() => new Response("<html>", { status: 502 }), () => new Response("<html>", { status: 200 })];
    for (const status of [502, 200]) {
      expect(await failureOf(read("/user", {}))).toMatchObject({ code: "UnexpectedAnswer", status });
    }
  });

  it("of the connection leaves open whether a command was carried out, and is not sent again", async () => {
    const failure = await failureOf(act("put", "/config/tag-sync", { body: { version: 1 } as never }));
    expect([failure.code, failure.isOutcomeUnknown, sent.length]).toEqual(["NoAnswer", true, 1]);
    expect(connection.get().phase).not.toBe("live");
    answers = [json(200, {})];
    await read("/user", {});
    expect(connection.get().phase).toBe("live");
  });
});
