import { NavLink } from "react-router";

const PAGES = [
  ["/settings/tag-sync", "Tag sync"],
  ["/settings/defaults", "Launch defaults"],
  ["/settings/retention", "Retention"],
  ["/settings/outgoing-hosts", "Outgoing hosts"],
  ["/settings/syncs", "Syncs"],
  ["/settings/transfer", "Export and import"],
] as const;

/** The pages of the settings, each with an address of its own. */
export function SettingsTabs() {
  return (
    <nav aria-label="Settings" className="sub-pages">
      {PAGES.map(([path, name]) => (
        <NavLink key={path} to={path}>
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
