import { expect, it } from "vitest";
import { linesOf } from "./lines";

it("takes one entry a line, each once", () => {
  expect(linesOf(" a.example.com\n\nb.example.com, a.example.com \r\n")).toEqual([
    "a.example.com",
    "b.example.com",
  ]);
  expect(linesOf(" \n ,")).toEqual([]);
});
