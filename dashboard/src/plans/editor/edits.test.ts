import { describe, expect, it } from "vitest";
import type { Content } from "../content";
import { anyContent, content, random, SEEDS, wave } from "../sample_plans";
import { differences } from "../versions/differences";
import { findCycle } from "./cycles";
import { addWave, changeWave, moveStep, moveWave, removeWave } from "./edits";
import { begin, changed, redone, undone } from "./history";
import { onTop } from "./on_top";

const PLAN = content([wave(1, "Data"), wave(2, "App"), wave(3, "Web", { dependsOn: [1, 2] })]);
const namesOf = ({ waves }: Content) => waves.map(({ name }) => name);
const said = (before: Content, after: Content) => differences(before, after, (id) => id);

describe("a draft", () => {
  it("gets a new wave after another one, which it waits for", () => {
    const after = addWave(PLAN, 1);
    expect(after.waves.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
      ["Data", []],
      ["", [1]],
      ["App", [1]],
      ["Web", [1, 3]],
    ]);
  });

  it("lets those that waited for a removed wave wait for what it waited for", () => {
    expect(removeWave(PLAN, 2).waves.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
      ["Data", []],
      ["Web", [1]],
    ]);
  });

  it("keeps its dependencies when waves are moved", () => {
    const moved = moveWave(PLAN, 3, -1);
    expect(namesOf(moved)).toEqual(["Data", "Web", "App"]);
    expect(moved.waves[1]?.dependsOn).toEqual([1, 3]);
    expect(moveWave(moved, 2, 1)).toEqual(PLAN);
    expect(moveWave(PLAN, 1, -1)).toBe(PLAN);
  });

  it("moves steps within their list", () => {
    const steps = PLAN.waves.map(({ name }) => ({ name })) as unknown as Parameters<typeof moveStep>[0];
    const order = (index: number, by: -1 | 1) =>
      moveStep(steps, index, by)
        .map(({ name }) => name)
        .join(" ");
    expect([order(0, 1), order(2, -1), order(0, -1), order(2, 1)]).toEqual([
      "App Data Web",
      "Data Web App",
      "Data App Web",
      "Data App Web",
    ]);
  });
});

describe.each(SEEDS)("any plan (%i)", (seed) => {
  const plan = anyContent(seed);
  const chance = random(seed);
  const edits: ((before: Content, number: number) => Content)[] = [
    (before, number) => changeWave(addWave(before, number), number + 1, anyNew()),
    (before, number) => (before.waves.length > 1 ? removeWave(before, number) : before),
    (before, number) => moveWave(before, number, chance() < 0.5 ? -1 : 1),
    (before) => ({ ...before, rtoMinutes: Math.floor(chance() * 100) }),
    (before, number) => changeWave(before, number, { approvalRequired: chance() < 0.5 }),
  ];
  const anyNew = () => ({ name: `new ${chance()}`, protectionGroupIds: [`pg ${chance()}`] });
  const edited = (before: Content): Content => {
    const number = 1 + Math.floor(chance() * before.waves.length);
    return edits[Math.floor(chance() * edits.length)]?.(before, number) ?? before;
  };
  const mine = edited(edited(edited(plan)));
  const theirs = edited(edited(plan));

  it("stays numbered without gaps, and free of cycles, whatever is edited", () => {
    for (const { waves } of [mine, theirs]) {
      expect(waves.map(({ number }) => number)).toEqual(waves.map((_, index) => index + 1));
      expect(
        waves.flatMap(({ dependsOn }) => dependsOn).every((each) => each >= 1 && each <= waves.length),
      ).toBe(true);
      expect(findCycle(new Map(waves.map(({ number, dependsOn }) => [number, dependsOn])))).toEqual([]);
    }
  });

  it("loses nothing when the changes of one are put on those of another", () => {
    expect(said(onTop(plan, plan, theirs), theirs)).toEqual([]);
    expect(said(onTop(plan, mine, plan), mine)).toEqual([]);
    expect(said(onTop(plan, mine, mine), mine)).toEqual([]);
    const both = onTop(plan, mine, theirs);
    expect(both.waves.map(({ number }) => number)).toEqual(both.waves.map((_, index) => index + 1));
    const added = (version: Content) => namesOf(version).filter((name) => name.startsWith("new"));
    expect(namesOf(both)).toEqual(expect.arrayContaining([...added(mine), ...added(theirs)]));
  });
});

it("puts my changes on top of those of another, and mine where both have changed the same", () => {
  const mine = changeWave({ ...PLAN, rtoMinutes: 30 }, 3, { approvalRequired: true });
  const theirs = {
    ...removeWave(changeWave(PLAN, 3, { delaySeconds: 60, approvalRequired: false }), 2),
    rtoMinutes: 90,
  };
  const both = onTop(PLAN, mine, theirs);
  expect(both.rtoMinutes).toBe(30);
  expect(both.waves.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
    ["Data", []],
    ["Web", [1]],
  ]);
  expect(both.waves[1]).toMatchObject({ approvalRequired: true, delaySeconds: 60 });
});

describe("the history of an edit", () => {
  it("takes typing in one field as one change", () => {
    let history = begin("a");
    for (const text of ["ab", "abc"]) history = changed(history, text, "name");
    history = changed(history, "other", "owner");
    expect(undone(history).present).toBe("abc");
    expect(undone(undone(history)).present).toBe("a");
    expect(undone(undone(undone(history))).present).toBe("a");
    expect(redone(undone(history))).toMatchObject({ present: "other", future: [] });
  });

  it("begins a new change after an undo, and then there is nothing to redo", () => {
    const history = changed(undone(changed(begin("a"), "b", "name")), "c", "name");
    expect(history).toMatchObject({ past: ["a"], present: "c", future: [] });
    expect(redone(history)).toEqual(history);
  });
});
