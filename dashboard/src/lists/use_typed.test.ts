// @vitest-environment happy-dom
import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, test, vi } from "vitest";
import { onOwnClock } from "../../tools/own_clock.ts";
import { useTyped } from "./use_typed";

onOwnClock();

interface Field {
  passed: string[];
  type: (typed: string) => void;
}

function Page({ field }: { field: Field }) {
  [, field.type] = useTyped("", (typed) => field.passed.push(typed));
  return null;
}

/** A page with a field, beside one whose code never comes. */
async function opened() {
  const field: Field = { passed: [], type: () => undefined };
  const router = createMemoryRouter([
    { path: "/", element: createElement(Page, { field }) },
    { path: "/far", lazy: () => new Promise<never>(() => undefined) },
  ]);
  const root = createRoot(document.createElement("div"));
  await act(async () => root.render(createElement(RouterProvider, { router })));
  return { field, router };
}

test("what was typed is passed on once the typing pauses", async () => {
  const { field } = await opened();
  act(() => field.type("a"));
  act(() => field.type("ab"));
  expect(field.passed).toEqual([]);
  act(() => vi.advanceTimersByTime(400));
  expect(field.passed).toEqual(["ab"]);
});

test("a link that was followed is not undone, even before the page knows of it", async () => {
  const { field, router } = await opened();
  act(() => field.type("a"));
  // Nothing is rendered between the click and the end of the pause.
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
  void router.navigate("/far");
  vi.advanceTimersByTime(400);
  expect(router.state.navigation.location?.pathname).toBe("/far");
  expect(field.passed).toEqual([]);
});
