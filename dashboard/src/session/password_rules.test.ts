import { expect, it } from "vitest";
import { isAllowed, RULES } from "./password_rules";

it.each([
  ["Correct-horse-42", []],
  ["short-A1", ["14 characters or more"]],
  ["CORRECT-HORSE-42", ["a small letter"]],
  ["correct-horse-42", ["a capital letter"]],
  ["Correct-horse-ab", ["a digit"]],
  ["CorrectHorse4242", ["a symbol"]],
  ["", RULES.map(({ text }) => text)],
])("of %j misses %j", (password, missed) => {
  expect(RULES.filter(({ isKept }) => !isKept(password)).map(({ text }) => text)).toEqual(missed);
  expect(isAllowed(password)).toBe(missed.length === 0);
});
