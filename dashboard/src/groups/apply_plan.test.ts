import { describe, expect, it } from "vitest";
import { type Applied, afterPiece, piecesOf, worstFirst } from "./apply_plan";

const said = (sourceServerId: string, outcome: Applied["outcome"]): Applied => ({
  sourceServerId,
  outcome,
  changed: [],
  reason: "",
});

describe("applying launch settings in pieces", () => {
  it("names every server once, whatever their number", () => {
    for (let count = 0; count < 45; count += 1) {
      const ids = Array.from({ length: count }, (_, index) => `s-${index}`);
      const pieces = piecesOf(ids);
      expect(pieces.flat()).toEqual(ids);
      expect(pieces.every((piece) => piece.length > 0 && piece.length <= 10)).toBe(true);
    }
  });

  it("keeps the last outcome of each server, and those that were not reached", () => {
    const first = afterPiece({ done: [], remaining: [] }, [said("a", "FAILED"), said("b", "REMAINING")]);
    expect(first.remaining).toEqual(["b"]);
    const second = afterPiece(first, [said("b", "APPLIED"), said("a", "UNCHANGED")]);
    expect(second.remaining).toEqual([]);
    expect(second.done.map(({ sourceServerId, outcome }) => `${sourceServerId} ${outcome}`).sort()).toEqual([
      "a UNCHANGED",
      "b APPLIED",
    ]);
  });

  it("shows failed ones first", () => {
    expect(
      worstFirst([said("a", "UNCHANGED"), said("b", "FAILED")]).map(({ sourceServerId }) => sourceServerId),
    ).toEqual(["b", "a"]);
  });
});
