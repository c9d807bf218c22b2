import type { RouteObject } from "react-router";
import { expect, it } from "vitest";
import { ROUTES } from "./router";

function pathsOf(routes: readonly RouteObject[]): string[] {
  return routes.flatMap(({ path, index, children }) => [
    ...(path === undefined && index !== true ? [] : [path ?? "/"]),
    ...pathsOf(children ?? []),
  ]);
}

it("every page but the sign-in page is within the frame, which shows a lost connection", () => {
  expect(ROUTES.map(({ path }) => path)).toEqual(["/signin", "/"]);
  const framed = pathsOf(ROUTES.filter(({ path }) => path === "/"));
  expect(framed).toEqual(
    expect.arrayContaining(["/", "executions/:executionId", "plans/:planId/start", "*"]),
  );
  expect(framed.length).toBeGreaterThan(30);
});
