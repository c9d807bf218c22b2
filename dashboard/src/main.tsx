import "@cloudscape-design/global-styles/index.css";
import "./style/colours.css";
import "./style/frame.css";
import "./style/parts.css";
import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { connectApi } from "./api/client";
import { makeRouter } from "./router";
import { InstallationContext } from "./session/SessionContext";
import { Session } from "./session/session";
import { applyPreferences } from "./settings/preferences";
import { readSettings } from "./settings/settings";

const root = document.getElementById("root") as HTMLElement;

// Reads are repeated by their own pace (live/pace.ts), acts only by people.
const queries = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 2_000 }, mutations: { retry: false } },
});

async function start(): Promise<void> {
  applyPreferences();
  const settings = await readSettings();
  const session = new Session(settings);
  connectApi(settings.apiBase, session);
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
