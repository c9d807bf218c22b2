import { expect, it } from "vitest";
import { ApiFailure, type FailureCode } from "../../api/failure";
import { aDetail, aWave } from "../examples";
import type { Offer } from "../run";
import { toldOfFailure, toldOfGone, toldOfOutcome } from "./outcomes";

const failure = (code: FailureCode) => toldOfFailure(new ApiFailure({ code, message: "A sentence." }));

it("never says that nothing was done when the answer is missing", () => {
  for (const code of ["NoAnswer", "TooSlow", "OutcomeUnknown"] as const) {
    expect(failure(code)).toMatchObject({ type: "warning", isOver: false });
    expect(failure(code).header).not.toBe("Nothing was done");
  }
});

it("does not show as an error what somebody else has done, or a rule of two persons", () => {
  expect(failure("IllegalTransition")).toMatchObject({ type: "info", isOver: true });
  expect(failure("SecondPersonNeeded")).toMatchObject({ type: "info", isOver: true });
  expect(toldOfOutcome({ changed: false, statement: "s" }).type).toBe("info");
});

it("keeps the dialog open after a refusal, with the API's sentence", () => {
  expect(failure("NotPermitted")).toEqual({
    type: "error",
    header: "Nothing was done",
    text: "A sentence.",
    isOver: false,
  });
});

it("says who was faster, and in which state the wave is now", () => {
  const wave = aWave(4, {
    name: "Web",
    status: "EXECUTING",
    approvedBy: "second@example.com",
    comment: "Go",
  });
  const offer = { action: "APPROVE", waveNumber: 4 } as Offer;
  expect(toldOfGone(offer, aDetail([wave])).text).toBe(
    "Wave 4 Web is now: Launching. Approved by second@example.com: “Go”. Nothing was sent.",
  );
  const pause = { action: "PAUSE", waveNumber: null } as Offer;
  expect(toldOfGone(pause, aDetail([wave], { status: "PAUSED" }))).toMatchObject({
    text: "The execution is now: Paused. Nothing was sent.",
    isOver: true,
  });
});
