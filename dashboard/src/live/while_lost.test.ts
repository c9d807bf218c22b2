import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { answerArrived, answerMissing } from "./connection";
import { TRY_EVERY_MS, whileLost } from "./while_lost";

beforeEach(() => {
  vi.useFakeTimers();
  answerArrived("/api/dashboard");
});
afterEach(() => vi.useRealTimers());

it("is tried again while it is lost, and not before, after, or when nobody looks any more", () => {
  const tryNow = vi.fn();
  const end = whileLost(tryNow);
  answerMissing();
  vi.advanceTimersByTime(3 * TRY_EVERY_MS);
  expect(tryNow).toHaveBeenCalledTimes(0);
  answerMissing();
  answerMissing();
  vi.advanceTimersByTime(3 * TRY_EVERY_MS);
  expect(tryNow).toHaveBeenCalledTimes(3);
  answerArrived("/api/dashboard");
  vi.advanceTimersByTime(3 * TRY_EVERY_MS);
  expect(tryNow).toHaveBeenCalledTimes(3);
  answerMissing();
  answerMissing();
  end();
  vi.advanceTimersByTime(3 * TRY_EVERY_MS);
  expect(tryNow).toHaveBeenCalledTimes(3);
});
