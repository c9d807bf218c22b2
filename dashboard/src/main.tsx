import "@cloudscape-design/global-styles/index.css";
import "./style/colours.css";
import "./style/frame.css";
import "./style/parts.css";
import "./style/estate.css";
import "./style/phone.css";
import "./style/print.css";
import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { connectApi, forgetAnswers } from "./api/client";
import { watchForNewVersion } from "./frame/NewVersion";
import { connection } from "./live/connection";
import { makeRouter } from "./router";
import { InstallationContext } from "./session/SessionContext";
import { Session } from "./session/session";
import { applyPreferences } from "./settings/preferences";
import { readSettings } from "./settings/settings";

const root = document.getElementById("root") as HTMLElement;

// Reads are repeated by their own pace (live/pace.ts), acts only by people. What the browser believes about the network
// does not count: a failed request is a failed request.
const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: 2_000, networkMode: "always" },
    mutations: { retry: false, networkMode: "always" },
  },
});

async function start(): Promise<void> {
  applyPreferences();
  watchForNewVersion();
  const settings = await readSettings();
  const session = new Session(settings);
  connectApi(settings.apiBase, session);
  session.state.follow(() => {
    // What one person has read is not shown to the next.
    if (session.state.get().phase !== "signed-out") return;
    forgetAnswers();
    queries.clear();
  });
  // When the network or the person comes back, at once instead of after the pause that the failures have earned. When the
  // network goes, what fails then says so: a page need not wait for its next read, which in a hidden tab is far.
  for (const change of ["online", "offline"]) {
    addEventListener(change, () => void queries.refetchQueries({ type: "active" }));
  }
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && connection.get().phase !== "live") {
      void queries.refetchQueries({ type: "active" });
    }
  });
  await session.restore();
  createRoot(root).render(
    <StrictMode>
      <I18nProvider locale="en" messages={[messages]}>
        <InstallationContext value={{ settings, session }}>
          <QueryClientProvider client={queries}>
            <RouterProvider router={makeRouter()} />
          </QueryClientProvider>
        </InstallationContext>
      </I18nProvider>
    </StrictMode>,
  );
}

start().catch((error: unknown) => {
  const sentence = document.createElement("p");
  sentence.setAttribute("role", "alert");
  sentence.textContent = `The dashboard could not start. ${error instanceof Error ? error.message : String(error)} Load the page again; if it persists, tell the platform's operators.`;
  root.replaceChildren(sentence);
});
