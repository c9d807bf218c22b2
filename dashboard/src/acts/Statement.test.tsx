// @vitest-environment happy-dom
import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";
import { onOwnClock } from "../../tools/own_clock.ts";
import { Statement } from "./Statement";
import { statement } from "./statements";

onOwnClock();

/** Opens a page that an act leads to; returns what it says. */
async function opened(): Promise<string | null> {
  const page = document.createElement("div");
  await act(async () => createRoot(page).render(<Statement />));
  return page.textContent;
}

test("what an act has done is said once", async () => {
  statement.set("The group A was made.");
  expect(await opened()).toContain("The group A was made.");
  await act(async () => vi.advanceTimersByTime(1_000));
  expect(await opened()).toBe("");
});

test("a page takes nothing from the one that the next act leads to", async () => {
  statement.set("The group A was made.");
  await opened();
  statement.set("The group A was deleted.");
  await act(async () => vi.advanceTimersByTime(1_000));
  expect(await opened()).toContain("The group A was deleted.");
});
