import { expect, it } from "vitest";
import { isChange } from "./history";

it("knows a look from a change, and takes what it does not know for a change", () => {
  const looks = ["get_protection_group", "list_group_launch_settings", "check_launch_settings"];
  const changes = [
    "update_protection_group",
    "apply_launch_settings",
    "delete_protection_group",
    "something_new",
  ];
  expect(looks.filter((operation) => isChange({ operation }))).toEqual([]);
  expect(changes.filter((operation) => isChange({ operation }))).toEqual(changes);
});
