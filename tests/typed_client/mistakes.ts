// Mistakes that a typed client cannot make: each line that follows an expectation must not compile.

import { connect } from "./drill.js";
import type { components } from "./api.js";

type Schemas = components["schemas"];

const api = connect("https://api.example/api", "token");

// @ts-expect-error — a mode that does not exist
await api.POST("/executions", { body: { planId: "plan-1", mode: "REHEARSAL" } });

// @ts-expect-error — the plan is missing
await api.POST("/executions", { body: { mode: "DRILL" } });

// @ts-expect-error — a field that does not exist
await api.POST("/executions", { body: { planId: "plan-1", mode: "DRILL", reasons: "x" } });

// @ts-expect-error — a path that does not exist
await api.GET("/recovery-plan");

// @ts-expect-error — a method that the path does not have
await api.DELETE("/recovery-plans", {});

// @ts-expect-error — a filter that is not a state of executions
await api.GET("/executions", { params: { query: { status: "DONE" } } });

const { data } = await api.GET("/executions/{executionId}/events", { params: { path: { executionId: "exec-1" } } });

// @ts-expect-error — a kind of event that does not exist
if (data?.items[0]?.kind === "WAVE_STARTING") throw new Error("unreachable");

// @ts-expect-error — a field that the answer does not have
export const started = data?.items[0]?.startedAt;

// Answers are whole, so that what has a default in requests needs no question mark here.
export const delay = (wave: Schemas["Wave"]): number => wave.delaySeconds * 2;

// @ts-expect-error — in requests it may be missing
export const asked = (wave: Schemas["WaveContent"]): number => wave.delaySeconds * 2;
