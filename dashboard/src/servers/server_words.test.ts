import { expect, it } from "vitest";
import { gibibytes, lagInWords, lastLaunchInWords } from "./server_words";

it("says how far behind a server is, and when nobody knows", () => {
  expect(lagInWords(null)).toBe("lag unknown");
  expect(lagInWords(0)).toBe("no lag");
  expect(lagInWords(751)).toBe("12 min 31 s behind");
});

it("says what came of the last launch, also of one that is not known here", () => {
  expect(lastLaunchInWords("NONE", "NOT_STARTED")).toBe("never launched");
  expect(lastLaunchInWords("DRILL", "SUCCEEDED")).toBe("drill launched");
  expect(lastLaunchInWords("RECOVERY", "FAILED")).toBe("recovery failed");
  expect(lastLaunchInWords("RECOVERY", "MELTED")).toBe("recovery MELTED");
});

it("says sizes as people do", () => {
  expect(gibibytes(8_589_934_592)).toBe("8 GiB");
  expect(gibibytes(536_870_912)).toBe("0.5 GiB");
});
