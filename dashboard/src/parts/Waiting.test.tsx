// @vitest-environment happy-dom
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onOwnClock } from "../../tools/own_clock.ts";
import { Waiting } from "./Waiting";

let root: Root;
let place: HTMLElement;

onOwnClock();

beforeEach(() => {
  place = document.createElement("div");
  root = createRoot(place);
});

afterEach(() => act(() => root.unmount()));

const after = (seconds: number) => act(() => vi.advanceTimersByTime(1_000 * seconds));
const says = () => place.querySelector('[role="status"]')?.textContent?.trim();

test("what takes long says more with time, and can be asked again in the end", () => {
  const retry = vi.fn();
  act(() => root.render(<Waiting retry={retry} />));
  expect(says()).toBeUndefined();
  after(0.3);
  expect(says()).toBe("Asking …");
  after(4.7);
  expect(says()).toBe("Still asking …");
  expect(place.querySelector("button")).toBeNull();
  after(10);
  expect(says()).toContain("No answer yet.");
  const again = place.querySelector("button, a");
  expect(again?.textContent).toBe("Try again");
  act(() => (again as HTMLElement).click());
  expect(retry).toHaveBeenCalledOnce();
});

test("nothing is offered that cannot be done", () => {
  act(() => root.render(<Waiting />));
  after(15);
  expect(says()).toBe("No answer yet.");
  expect(place.querySelector("button, a")).toBeNull();
});
