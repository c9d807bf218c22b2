import { expect, it, vi } from "vitest";
import { ApiFailure } from "../../api/failure";
import { untilAnswered } from "./sending";

const noAnswer = () => new ApiFailure({ code: "NoAnswer", message: "The API cannot be reached." });
const busy = () => new ApiFailure({ code: "ServersBusy", message: "Held by another.", status: 409 });

function sending(...outcomes: (ApiFailure | string)[]) {
  const waits: number[] = [];
  const onUnknown = vi.fn();
  const send = vi.fn(async () => {
    const outcome = outcomes.shift();
    if (outcome instanceof ApiFailure) throw outcome;
    return outcome;
  });
  const wait = async (seconds: number) => void waits.push(seconds);
  return { send, wait, waits, onUnknown, isOver: () => false };
}

it("asks again, ever more slowly, until the answer arrives", async () => {
  const lost = Array.from({ length: 6 }, noAnswer);
  const all = sending(...lost, "started");
  expect(await untilAnswered(all)).toBe("started");
  expect(all.waits).toEqual([2, 4, 8, 16, 30, 30]);
  expect(all.onUnknown).toHaveBeenCalledTimes(6);
});

it("does not repeat what was refused, also after answers that were lost", async () => {
  const all = sending(noAnswer(), busy(), "started");
  await expect(untilAnswered(all)).rejects.toMatchObject({ code: "ServersBusy" });
  expect(all.send).toHaveBeenCalledTimes(2);
});

it("ends when nobody is interested any more", async () => {
  const all = sending(noAnswer(), "started");
  expect(await untilAnswered({ ...all, isOver: () => all.send.mock.calls.length > 0 })).toBeUndefined();
  expect(all.send).toHaveBeenCalledTimes(1);
});
