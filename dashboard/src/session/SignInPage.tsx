import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Navigate, useSearchParams } from "react-router";
import { StageBadge } from "../frame/StageBadge";
import { GlyphIcon } from "../states/GlyphIcon";
import { useInstallation, useSessionState } from "./SessionContext";
import { SignInForm } from "./SignInForm";
import { safeNext } from "./safe_next";

export default function SignInPage() {
  const { settings } = useInstallation();
  const { phase } = useSessionState();
  const [parameters] = useSearchParams();
  useEffect(() => {
    document.title = "Sign in · DR orchestration";
  }, []);
  if (phase === "signed-in") return <Navigate to={safeNext(parameters.get("next"))} replace />;
  return (
    <main className="sign-in">
      <Container
        header={
          <Header variant="h1">
            <span className="sign-in-title">
              <img src="/icon.svg" alt="" className="brand" />
              DR orchestration
            </span>
          </Header>
        }
      >
        {window.isSecureContext ? <SignInForm /> : <Insecure />}
      </Container>
      <div className="sign-in-below">
        <StageBadge stage={settings.stage} />
        <span>{settings.region}</span>
        <Health apiBase={settings.apiBase} />
      </div>
    </main>
  );
}

/** Browsers lend their cryptography to pages of https and of this computer only. */
function Insecure() {
  return (
    <p role="alert">
      This page was not loaded over https, so that a password cannot be proved here without sending it. Use
      the https address of the dashboard.
    </p>
  );
}

type Answered = { isUp: boolean; version: string };

/** Asked so often, and answered in so many milliseconds, that the page knows of a lost connection within 10 seconds. */
const ASK_EVERY_MS = 5_000;

/** The sign-in page has no frame around it, so it says itself whether the API answers, as long as it is looked at. */
function Health({ apiBase }: { apiBase: string }) {
  const { data: answered } = useQuery({
    queryKey: ["health", apiBase],
    queryFn: ({ signal }) => healthOf(apiBase, signal),
    refetchInterval: ASK_EVERY_MS,
  });
  if (answered === undefined) return <span>Asking the API …</span>;
  return (
    <>
      {answered.version === "" ? null : <span>version {answered.version}</span>}
      <span className={`mark ${answered.isUp ? "mark-good" : "mark-failed"}`} role="status">
        <GlyphIcon glyph={answered.isUp ? "check" : "cross"} />
        {answered.isUp ? "The API answers" : "The API does not answer; signing in may fail"}
      </span>
    </>
  );
}

async function healthOf(apiBase: string, signal: AbortSignal): Promise<Answered> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_EVERY_MS)]);
  try {
    const response = await fetch(`${apiBase}/health`, { signal: limit, cache: "no-store" });
    const body = (await response.json()) as { version?: string };
    return { isUp: response.ok, version: body.version ?? "" };
  } catch (error) {
    if (signal.aborted) throw error;
    return { isUp: false, version: "" };
  }
}
