// @vitest-environment happy-dom
import { act } from "react";
import { createRoot } from "react-dom/client";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, expect, test, vi } from "vitest";
import { BrokenPage } from "./BrokenPage";

function Defect(): never {
  throw new TypeError("servers is undefined");
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("a page with a defect says so, and what it means, instead of staying white", async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const router = createMemoryRouter([{ path: "/", element: <Defect />, errorElement: <BrokenPage /> }]);
  const place = document.createElement("div");
  const root = createRoot(place);
  await act(async () => root.render(<RouterProvider router={router} />));
  expect(place.textContent).toContain("This page has a defect");
  expect(place.textContent).toContain("TypeError: servers is undefined");
  expect(place.textContent).toContain("Nothing was done in AWS by this.");
  expect([...place.querySelectorAll("button, a")].map((each) => each.textContent)).toContain("Copy details");
  act(() => root.unmount());
});
