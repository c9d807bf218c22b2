import { createContext, useContext, useSyncExternalStore } from "react";
import type { Settings } from "../settings/settings";
import type { Session, SessionState } from "./session";

interface Installation {
  settings: Settings;
  session: Session;
}

export const InstallationContext = createContext<Installation | undefined>(undefined);

export function useInstallation(): Installation {
  const installation = useContext(InstallationContext);
  if (installation === undefined) throw new Error("InstallationContext is missing.");
  return installation;
}

export function useSessionState(): SessionState {
  const { session } = useInstallation();
  return useSyncExternalStore(session.state.follow, session.state.get);
}
