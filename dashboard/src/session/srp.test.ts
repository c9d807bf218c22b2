import { describe, expect, it } from "vitest";
import { cognitoTime, padded, SrpSession } from "./srp";

// Whether a proof is right is tested against servers of their own making: tests/browser and tests/local/test_user_pool.py.

const CHALLENGE = { salt: "5", serverPublic: "7", secretBlock: "AAAA", userId: "u" };

describe("the client of SRP", () => {
  it("begins each sign-in with another value", () => {
    expect(SrpSession.begin().publicHex).not.toBe(SrpSession.begin().publicHex);
  });

  it("proves the same to the same challenge, and something else for another password", async () => {
    const session = SrpSession.begin(new Uint8Array(128).fill(9));
    const at = new Date("2026-11-27T07:05:09Z");
    const prove = (password: string) => session.prove("us-east-2_pool", password, CHALLENGE, at);
    expect(await prove("one")).toEqual(await prove("one"));
    expect((await prove("one")).signature).not.toBe((await prove("two")).signature);
  });

  it("refuses a server's value that is zero", async () => {
    const proof = SrpSession.begin().prove("p_x", "password", { ...CHALLENGE, serverPublic: "0" });
    await expect(proof).rejects.toThrow("must not be used");
  });
});

it("pads numbers so that none looks negative", () => {
  expect([...padded(0x7fn)]).toEqual([0x7f]);
  expect([...padded(0x80n)]).toEqual([0, 0x80]);
  expect([...padded(0x123n)]).toEqual([1, 0x23]);
  expect([...padded(0n)]).toEqual([0]);
});

it("writes times in English, without a leading zero in the day", () => {
  expect(cognitoTime(new Date("2026-03-01T00:00:09Z"))).toBe("Sun Mar 1 00:00:09 UTC 2026");
});
