// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { typedWork } from "./typed_work";

it("is every text with its label, and never a password", () => {
  document.body.innerHTML = `
    <label for="a">Name</label><input id="a" value="storefront">
    <input aria-label="Reason" value="eu-central-1 is down"><textarea name="note">two
lines</textarea><input type="password" value="secret"><input type="checkbox" value="on"><input value="">`;
  expect(typedWork(document.body)).toBe("Name: storefront\nReason: eu-central-1 is down\nnote: two\nlines");
});
