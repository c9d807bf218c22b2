import { describe, expect, it } from "vitest";
import {
  changesOf,
  contentOf,
  type GroupDraft,
  missing,
  NEW_GROUP,
  reviewOf,
  selectionInWords,
} from "./group_draft";

const DRAFT: GroupDraft = {
  ...NEW_GROUP,
  name: " web ",
  accountId: "222233334444",
  region: "us-east-1",
  tags: { Tier: "web" },
  serverIds: ["s-1", "s-2"],
  impact: { "s-2": "OPTIONAL", "s-9": "OPTIONAL" },
};

describe("a group while it is made", () => {
  it("is sent by tags or by servers, never by both", () => {
    expect(contentOf(DRAFT)).toMatchObject({ name: "web", tags: { Tier: "web" }, sourceServerIds: [] });
    const byServers = contentOf({ ...DRAFT, by: "servers" });
    expect(byServers).toMatchObject({ tags: {}, sourceServerIds: ["s-1", "s-2"] });
    expect(byServers.impactLevels).toEqual({ "s-2": "OPTIONAL" });
  });

  it("says what is missing before each step", () => {
    expect(missing(NEW_GROUP, "place")).toHaveLength(2);
    expect(missing(DRAFT, "place")).toEqual([]);
    expect(missing({ ...DRAFT, tags: {} }, "selection")).toEqual(["Enter at least one tag."]);
    const unfinished: GroupDraft["tags"][] = [{ Tier: "" }, { Tier: "web", "": "x" }];
    for (const tags of unfinished) {
      expect(missing({ ...DRAFT, tags }, "selection")).toEqual(["Give each tag a key and a value."]);
      expect(missing({ ...DRAFT, tags, by: "servers" }, "selection")).toEqual([]);
    }
    expect(missing({ ...DRAFT, by: "servers", serverIds: [] }, "selection")).toEqual([
      "Choose at least one server.",
    ]);
    expect(missing(DRAFT, "review")).toEqual([]);
  });

  it("is reviewed in sentences", () => {
    expect(reviewOf({ ...DRAFT, launch: { copyTags: true, subnetId: null } }, 6)).toEqual([
      "It holds the servers with Tier = web, also those that get the tags later. Now that is 6 servers.",
      "2 servers of it are OPTIONAL; the others are CRITICAL.",
      "Subnet: inherited value removed.",
      "Copy the tags: yes.",
    ]);
    expect(reviewOf({ ...DRAFT, by: "servers", impact: {} }, 2)[1]).toContain("CRITICAL");
  });

  it("names what differs from what is saved, and nothing else", () => {
    expect(changesOf(DRAFT, DRAFT)).toEqual([]);
    expect(
      changesOf(DRAFT, { ...DRAFT, name: "Web", tags: { Tier: "app" }, launch: { copyTags: true } }),
    ).toEqual([
      "Name: Web (before: web).",
      "Tags: Tier = app (before: Tier = web).",
      "Copy the tags: yes (before: not set).",
    ]);
    const servers: GroupDraft = { ...DRAFT, by: "servers" };
    expect(changesOf(servers, { ...servers, serverIds: ["s-2", "s-3", "s-4"] })).toEqual([
      "2 servers added.",
      "1 server taken out.",
    ]);
  });
});

it("says how a group selects", () => {
  expect(selectionInWords({ tags: {}, sourceServerIds: ["s-1"] })).toBe("1 server");
  expect(selectionInWords({ tags: { a: "1", b: "2" }, sourceServerIds: [] })).toBe("a = 1 and b = 2");
});
