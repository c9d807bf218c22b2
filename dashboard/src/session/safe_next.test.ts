// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { safeNext } from "./safe_next";

it.each(["/", "/executions/exec-1?wave=4&do=approve", "/plans#top"])(
  "goes where the link pointed: %s",
  (path) => {
    expect(safeNext(path)).toBe(path);
  },
);

it.each([
  null,
  "",
  "https://example.com/",
  "//example.com",
  "/\\example.com",
  "javascript:alert(1)",
  "/.//example.com",
])("stays here for %j", (path) => {
  expect(safeNext(path)).toBe("/");
});
