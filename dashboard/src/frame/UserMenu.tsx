import ButtonDropdown, { type ButtonDropdownProps } from "@cloudscape-design/components/button-dropdown";
import Icon from "@cloudscape-design/components/icon";
import { useState, useSyncExternalStore } from "react";
import type { Schemas } from "../api/schemas";
import { serverNow } from "../live/server_clock";
import { TopDialog } from "../parts/TopDialog";
import { roleInWords, useUser } from "../session/permissions";
import { useInstallation, useSessionState } from "../session/SessionContext";
import { density, desktopNotices, shortcuts, theme, zone } from "../settings/preferences";
import { askForNotices } from "./DesktopNotices";
import { linkText } from "./page_title";
import { WhatIMayDo } from "./WhatIMayDo";

/** Who is signed in and as what, what they have chosen for this browser, and the way out. */
export function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { session } = useInstallation();
  const { email } = useSessionState();
  const user = useUser();
  const [problem, setProblem] = useState("");
  const [noNotices, setNoNotices] = useState("");
  const [isListing, setListing] = useState(false);
  const chosen = {
    theme: useSyncExternalStore(theme.follow, theme.get),
    density: useSyncExternalStore(density.follow, density.get),
    zone: useSyncExternalStore(zone.follow, zone.get),
    shortcuts: useSyncExternalStore(shortcuts.follow, shortcuts.get),
    notices: useSyncExternalStore(desktopNotices.follow, desktopNotices.get),
  };
  const acts: Record<string, () => void> = {
    may: () => setListing(true),
    link: () => void navigator.clipboard.writeText(linkText(location.href, serverNow())),
    system: () => theme.set("system"),
    light: () => theme.set("light"),
    dark: () => theme.set("dark"),
    compact: () => density.set(chosen.density === "compact" ? "comfortable" : "compact"),
    local: () => zone.set(chosen.zone === "local" ? "utc" : "local"),
    shortcuts: () => shortcuts.set(chosen.shortcuts === "on" ? "off" : "on"),
    notices: () => void switchNotices().then(setNoNotices),
    keys: onShortcuts,
    "sign-out": () => void session.signOut(),
    everywhere: () => void session.signOutEverywhere().catch((error: Error) => setProblem(error.message)),
  };
  const name = user?.name || email;
  return (
    <>
      <ButtonDropdown
        variant="normal"
        expandToViewport
        ariaLabel={`${name}: user menu`}
        items={itemsOf(chosen, name, user)}
        onItemClick={({ detail }) => acts[detail.id]?.()}
      >
        <span className="user-name">{name}</span>
        <span className="user-icon">
          <Icon name="user-profile" />
        </span>
      </ButtonDropdown>
      {isListing ? <WhatIMayDo user={user} onClose={() => setListing(false)} /> : null}
      {noNotices === "" ? null : (
        <TopDialog title="No desktop notices" onClose={() => setNoNotices("")} closeText="Close">
          <p role="alert">{noNotices}</p>
        </TopDialog>
      )}
      {problem === "" ? null : (
        <TopDialog title="You are still signed in" onClose={() => setProblem("")} closeText="Close">
          <p role="alert">The other devices could not be signed out. {problem}</p>
        </TopDialog>
      )}
    </>
  );
}

/** Returns why they stay off. */
async function switchNotices(): Promise<string> {
  if (desktopNotices.get() === "on") {
    desktopNotices.set("off");
    return "";
  }
  const whyNone = await askForNotices();
  if (whyNone === "") desktopNotices.set("on");
  return whyNone;
}

interface Chosen {
  theme: string;
  density: string;
  zone: string;
  shortcuts: string;
  notices: string;
}

function itemsOf(chosen: Chosen, name: string, user: Schemas["User"] | undefined): ButtonDropdownProps.Items {
  const roles = user?.roles.map(roleInWords).join(", ") || "no role";
  const check = (id: string, text: string, checked: boolean) => ({
    id,
    text,
    itemType: "checkbox" as const,
    checked,
  });
  return [
    {
      text: `${name} · ${roles}`,
      items: [
        { id: "may", text: "What I may do" },
        { id: "keys", text: "Keyboard shortcuts", secondaryText: "?" },
        { id: "link", text: "Copy the link of this page" },
      ],
    },
    {
      text: "Theme",
      items: [
        check("system", "As the system", chosen.theme === "system"),
        check("light", "Light", chosen.theme === "light"),
        check("dark", "Dark", chosen.theme === "dark"),
      ],
    },
    {
      text: "This browser",
      items: [
        check("compact", "Compact tables", chosen.density === "compact"),
        check("local", "Times in the local zone", chosen.zone === "local"),
        check("notices", "Desktop notices of what waits for me", chosen.notices === "on"),
        check("shortcuts", "Single-key shortcuts", chosen.shortcuts === "on"),
      ],
    },
    {
      text: "Session",
      items: [
        { id: "sign-out", text: "Sign out" },
        { id: "everywhere", text: "Sign out on all devices" },
      ],
    },
  ];
}
