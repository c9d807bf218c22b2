// What a person has chosen for this browser: theme, density, zone of times, shortcuts, desktop notices. Nothing of it is secret.
import type { Zone } from "../format/times";
import { Store } from "../live/store";

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

function kept<T extends string>(name: string, values: readonly [T, ...T[]]): Store<T> {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(name);
  } catch {
    // Storage is switched off: every page begins with the defaults.
  }
  const store = new Store<T>(values.find((value) => value === stored) ?? values[0]);
  store.follow(() => {
    try {
      if (store.get() === values[0]) localStorage.removeItem(name);
      else localStorage.setItem(name, store.get());
    } catch {
      // It holds for this page only.
    }
  });
  return store;
}

export const theme = kept<Theme>("theme", ["system", "light", "dark"]);
export const density = kept<Density>("density", ["comfortable", "compact"]);
export const zone = kept<Zone>("zone", ["utc", "local"]);
export const desktopNotices = kept<"off" | "on">("desktop-notices", ["off", "on"]);
export const shortcuts = kept<"on" | "off">("shortcuts", ["on", "off"]);

/** Keep the page's classes as the preferences say, also when the system's theme changes. */
export function applyPreferences(): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const isDark = theme.get() === "dark" || (theme.get() === "system" && system.matches);
    document.body.classList.toggle("awsui-dark-mode", isDark);
    document.body.classList.toggle("awsui-compact-mode", density.get() === "compact");
  };
  apply();
  theme.follow(apply);
  density.follow(apply);
  system.addEventListener("change", apply);
}
