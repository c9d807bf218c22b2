import ButtonDropdown, { type ButtonDropdownProps } from "@cloudscape-design/components/button-dropdown";
import { useState, useSyncExternalStore } from "react";
import { roleInWords, useUser } from "../session/permissions";
import { useInstallation, useSessionState } from "../session/SessionContext";
import { density, shortcuts, theme, zone } from "../settings/preferences";

/** Who is signed in and as what, what they have chosen for this browser, and the way out. */
export function UserMenu() {
  const { session } = useInstallation();
  const { email } = useSessionState();
  const user = useUser();
  const [problem, setProblem] = useState("");
  const chosen = {
    theme: useSyncExternalStore(theme.follow, theme.get),
    density: useSyncExternalStore(density.follow, density.get),
    zone: useSyncExternalStore(zone.follow, zone.get),
    shortcuts: useSyncExternalStore(shortcuts.follow, shortcuts.get),
  };
  const acts: Record<string, () => void> = {
    system: () => theme.set("system"),
    light: () => theme.set("light"),
    dark: () => theme.set("dark"),
    compact: () => density.set(chosen.density === "compact" ? "comfortable" : "compact"),
    local: () => zone.set(chosen.zone === "local" ? "utc" : "local"),
    shortcuts: () => shortcuts.set(chosen.shortcuts === "on" ? "off" : "on"),
    "sign-out": () => void session.signOut(),
    everywhere: () => void session.signOutEverywhere().catch((error: Error) => setProblem(error.message)),
  };
  return (
    <>
      {problem === "" ? null : <span role="alert">{problem}</span>}
      <ButtonDropdown
        variant="inline-icon"
        expandToViewport
        ariaLabel={`${user?.name || email}: menu`}
        items={itemsOf(chosen, user?.roles.map(roleInWords) ?? [], user?.name || email)}
        onItemClick={({ detail }) => acts[detail.id]?.()}
      />
      <span className="user-name">{user?.name || email}</span>
    </>
  );
}

interface Chosen {
  theme: string;
  density: string;
  zone: string;
  shortcuts: string;
}

function itemsOf(chosen: Chosen, roles: string[], name: string): ButtonDropdownProps.Items {
  const themes = [
    ["system", "Theme: as the system"],
    ["light", "Theme: light"],
    ["dark", "Theme: dark"],
  ] as const;
  return [
    {
      text: name,
      secondaryText: roles.join(", "),
      items: [
        ...themes.map(([id, text]) => ({
          id,
          text,
          itemType: "checkbox" as const,
          checked: chosen.theme === id,
        })),
        {
          id: "compact",
          text: "Compact tables",
          itemType: "checkbox",
          checked: chosen.density === "compact",
        },
        {
          id: "local",
          text: "Times in the local zone",
          itemType: "checkbox",
          checked: chosen.zone === "local",
        },
        {
          id: "shortcuts",
          text: "Single-key shortcuts",
          itemType: "checkbox",
          checked: chosen.shortcuts === "on",
        },
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
