// The only way to the REST API: token, time limit, If-None-Match, Idempotency-Key, and failures as sentences.
import type { PathsWithMethod, SuccessResponseJSON } from "openapi-typescript-helpers";
import { answerArrived, answerMissing, answerOverdue, OVERDUE_MS } from "../live/connection";
import { hearClock, serverNow } from "../live/server_clock";
import { ApiFailure, failureOfAnswer, failureOfConnection } from "./failure";
import { type KeptAnswer, KeptAnswers } from "./kept_answers";
import type { Paths } from "./schemas";

/** Longer than API Gateway's 29 seconds, so that its own answer arrives. */
const READ_SECONDS = 32;
const ACT_SECONDS = 32;

type Method = "get" | "post" | "put" | "delete";
export type ReadPath = PathsWithMethod<Paths, "get">;
export type ActPath<M extends "post" | "put" | "delete"> = PathsWithMethod<Paths, M>;

type Call<P extends keyof Paths, M extends Method> = NonNullable<Paths[P][M]>;
type Parameters<C> = C extends { parameters: infer X } ? X : never;
type Part<X, K extends string> = X extends { [key in K]: infer V }
  ? V
  : X extends { [key in K]?: infer V }
    ? V
    : never;
type PathPart<C> =
  Part<Parameters<C>, "path"> extends never
    ? { path?: undefined }
    : undefined extends Part<Parameters<C>, "path">
      ? { path?: undefined }
      : { path: Part<Parameters<C>, "path"> };
type Body<C> = C extends { requestBody: { content: { "application/json": infer B } } }
  ? { body: B }
  : C extends { requestBody?: { content: { "application/json": infer B } } }
    ? { body?: B }
    : { body?: undefined };

export type ReadInput<P extends ReadPath> = PathPart<Call<P, "get">> & {
  query?: Part<Parameters<Call<P, "get">>, "query"> | undefined;
};
export type Answer<P extends ReadPath> = SuccessResponseJSON<Call<P, "get">>;
export type ActInput<M extends "post" | "put" | "delete", P extends ActPath<M>> = PathPart<Call<P, M>> &
  Body<Call<P, M>> & {
    query?: Part<Parameters<Call<P, M>>, "query"> | undefined;
    /** Made when the form opens and kept until the answer is known: see `newKey`. */
    key?: string;
  };
export type ActAnswer<M extends "post" | "put" | "delete", P extends ActPath<M>> = SuccessResponseJSON<
  Call<P, M>
>;

/** What the client needs of whoever is signed in. */
export interface Tokens {
  /** The id token; waits while it is renewed, and while a person signs in again. */
  idToken(signal?: AbortSignal): Promise<string>;
  /** The API has refused this token: it is not used again. */
  refused(token: string): void;
  /** The API refuses renewed tokens too: ask a person. */
  expire(): void;
}

let base = "/api";
let tokens: Tokens | undefined;
const keptAnswers = new KeptAnswers();

export function connectApi(apiBase: string, whose: Tokens): void {
  base = apiBase;
  tokens = whose;
}

/** After somebody else has signed in, nothing of what the former person read may be shown. */
export function forgetAnswers(): void {
  keptAnswers.forget();
}

/** A key under which a command is carried out once, however often it is sent. */
export function newKey(): string {
  return crypto.randomUUID();
}

/** Reads a path. Throws ApiFailure; an abort is thrown as it is. */
export async function read<P extends ReadPath>(
  path: P,
  input: ReadInput<P>,
  signal?: AbortSignal,
): Promise<Answer<P>> {
  return (await exchange({
    method: "GET",
    url: addressOf(path, input),
    signal,
    seconds: READ_SECONDS,
  })) as Answer<P>;
}

/** Sends a command, once. Throws ApiFailure; `isOutcomeUnknown` says whether it may have been carried out. */
export async function act<M extends "post" | "put" | "delete", P extends ActPath<M>>(
  method: M,
  path: P,
  input: ActInput<M, P>,
): Promise<ActAnswer<M, P>> {
  const call = {
    method: method.toUpperCase(),
    url: addressOf(path, input as Input),
    body: (input as Input).body,
    key: (input as Input).key,
    seconds: ACT_SECONDS,
  };
  return (await exchange(call)) as ActAnswer<M, P>;
}

interface Input {
  path?: unknown;
  query?: unknown;
  body?: unknown;
  key?: string;
}

interface Exchange {
  method: string;
  url: string;
  seconds: number;
  body?: unknown;
  key?: string | undefined;
  signal?: AbortSignal | undefined;
}

export function addressOf(path: string, input: Pick<Input, "path" | "query">): string {
  const inPath = (input.path ?? {}) as Record<string, unknown>;
  const filled = path.replace(/{(\w+)}/g, (_, name: string) => encodeURIComponent(String(inPath[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return `${base}${filled}${text === "" ? "" : `?${text}`}`;
}

/** A refused token is renewed once; then a person is asked to sign in, and the request goes on from there. */
async function exchange(call: Exchange): Promise<unknown> {
  const recoveries = [(token: string) => tokens?.refused(token), () => tokens?.expire()];
  for (const recover of recoveries) {
    const sent = await send(call);
    if (sent.response.status !== 401 || sent.token === undefined) return understood(call, sent);
    recover(sent.token);
  }
  return understood(call, await send(call));
}

async function tokenFor(call: Exchange): Promise<string | undefined> {
  try {
    return await tokens?.idToken(call.signal);
  } catch (error) {
    if (call.signal?.aborted) throw error;
    answerMissing();
    throw failureOfConnection(error, call.seconds);
  }
}

interface Sent {
  token: string | undefined;
  /** What a 304 refers to, whatever is kept or forgotten meanwhile. */
  kept: KeptAnswer | undefined;
  response: Response;
}

async function send(call: Exchange): Promise<Sent> {
  const token = await tokenFor(call);
  const kept = call.method === "GET" ? keptAnswers.of(call.url) : undefined;
  const limit = AbortSignal.timeout(call.seconds * 1_000);
  const signal = call.signal === undefined ? limit : AbortSignal.any([limit, call.signal]);
  const askedAt = Date.now();
  const askedAtServer = serverNow();
  const overdue = setInterval(() => answerOverdue(askedAtServer), OVERDUE_MS);
  try {
    const response = await fetch(call.url, {
      method: call.method,
      headers: headersOf(call, token, kept),
      body: call.body === undefined ? null : JSON.stringify(call.body),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal,
    });
    hearClock(response.headers.get("Date"), askedAt, Date.now());
    answerArrived(call.url);
    return { token, kept, response };
  } catch (error) {
    if (call.signal?.aborted) throw error;
    answerMissing();
    throw failureOfConnection(error, call.seconds);
  } finally {
    clearInterval(overdue);
  }
}

function headersOf(
  call: Exchange,
  token: string | undefined,
  kept: KeptAnswer | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (token !== undefined) headers["Authorization"] = token;
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  if (call.key !== undefined) headers["Idempotency-Key"] = call.key;
  if (kept !== undefined) headers["If-None-Match"] = kept.etag;
  return headers;
}

async function understood(call: Exchange, { response, kept }: Sent): Promise<unknown> {
  if (response.status === 304 && kept !== undefined) return JSON.parse(kept.text);
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    if (call.signal?.aborted) throw error;
    throw new ApiFailure({ code: "NoAnswer", message: "The answer of the API broke off.", retryable: true });
  }
  const body = parsed(text);
  if (!response.ok || body === undefined) throw failureOfAnswer(response, body);
  const etag = response.headers.get("ETag");
  if (call.method === "GET" && etag !== null) keptAnswers.keep(call.url, { etag, text });
  return body;
}

function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
