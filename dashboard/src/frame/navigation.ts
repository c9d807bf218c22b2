import type { Permission } from "../session/permissions";

interface Entry {
  path: string;
  text: string;
  /** After `g`. */
  key: string;
  /** Absent from the navigation of somebody without it. */
  permission?: Permission;
}

/** The pages of the navigation. A page that is not built yet is not listed. */
export const ENTRIES: readonly Entry[] = [
  { path: "/", text: "Home", key: "h" },
  { path: "/executions", text: "Executions", key: "e" },
  { path: "/plans", text: "Plans", key: "p" },
  { path: "/groups", text: "Protection groups", key: "r" },
  { path: "/servers", text: "Servers", key: "s" },
  { path: "/accounts", text: "Accounts", key: "a" },
  { path: "/capacity", text: "Capacity", key: "c" },
  { path: "/settings", text: "Settings", key: "t" },
  { path: "/audit", text: "Audit log", key: "l", permission: "view-audit" },
];
