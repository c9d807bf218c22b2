import { describe, expect, it } from "vitest";
import { FIELDS, type LaunchSettings, labelOf } from "./fields";
import { differences, effectiveOf, inWords, originInWords, valueOfText, withValue } from "./levels";

const layers = (...settings: LaunchSettings[]) =>
  (["default", "group", "server"] as const).map((level, index) => ({
    level,
    settings: settings[index] ?? {},
  }));

describe("the value of a field over three levels", () => {
  const given = [undefined, null, true, false] as const;
  const combinations = given.flatMap((a) => given.flatMap((b) => given.map((c) => [a, b, c] as const)));

  it.each(combinations)("is that of the last level that says anything: %s, %s, %s", (...says) => {
    const { value, origin, isRemoved } = effectiveOf(
      "copyTags",
      layers(...says.map((value): LaunchSettings => (value === undefined ? {} : { copyTags: value }))),
    );
    const last = says.findLastIndex((each) => each !== undefined);
    expect(value).toBe(says[last] ?? undefined);
    expect(isRemoved).toBe(says[last] === null);
    expect(origin).toBe((["default", "group", "server"] as const)[last]);
  });

  it("names its origin, and that a removed value leaves what is in AWS", () => {
    const say = (...settings: LaunchSettings[]) =>
      originInWords(effectiveOf("instanceType", layers(...settings)));
    expect(say()).toBe("as it is in AWS");
    expect(say({ instanceType: "m5.large" })).toBe("from the default");
    expect(say({ instanceType: "m5.large" }, { instanceType: null })).toBe(
      "removed by the group; as it is in AWS",
    );
  });
});

it("distinguishes inherited from removed when a value changes", () => {
  const own = withValue({ copyTags: true }, "copyTags", null);
  expect(own).toEqual({ copyTags: null });
  expect(withValue(own, "copyTags", undefined)).toEqual({});
  expect(differences(FIELDS, { copyTags: true }, own)).toEqual([
    "Copy the tags: inherited value removed (before: yes)",
  ]);
  expect(differences(FIELDS, own, {})).toEqual([
    "Copy the tags: inherited (before: inherited value removed)",
  ]);
});

it("says every kind of value in words", () => {
  expect(inWords({ osByol: true })).toBe("bring your own");
  expect(inWords({ launchIntoEC2InstanceID: "i-1" })).toBe("i-1");
  expect(inWords({ Team: "shop" })).toBe("Team: shop");
  expect(inWords({})).toBe("none");
  expect(inWords(["sg-1", "sg-2"])).toBe("sg-1, sg-2");
  expect(inWords("STOPPED")).toBe("stays stopped");
});

it("reads lists and texts as they are typed", () => {
  expect(valueOfText("list", " sg-1, sg-2\n")).toEqual(["sg-1", "sg-2"]);
  expect(valueOfText("list", " , ")).toBeUndefined();
  expect(valueOfText("text", " m5.large ")).toBe("m5.large");
  expect(valueOfText("text", " ")).toBeUndefined();
});

it("knows the labels of fields, and shows others as they are", () => {
  expect(labelOf("subnetId")).toBe("Subnet");
  expect(labelOf("toString")).toBe("toString");
});
