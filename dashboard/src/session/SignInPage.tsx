import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useEffect } from "react";
import { Navigate, useNavigate, useSearchParams } from "react-router";
import { pageTitle } from "../frame/page_title";
import { StageBadge } from "../frame/StageBadge";
import { useInstallation, useSessionState } from "./SessionContext";
import { SignInForm } from "./SignInForm";

/** A path of this origin, whatever a link says. */
export function safeNext(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.includes("\\") ? next : "/";
}

export default function SignInPage() {
  const { settings } = useInstallation();
  const { phase } = useSessionState();
  const [parameters] = useSearchParams();
  const navigate = useNavigate();
  const next = safeNext(parameters.get("next"));
  useEffect(() => pageTitle.set("Sign in"), []);
  if (phase === "signed-in") return <Navigate to={next} replace />;
  return (
    <main className="sign-in">
      <Container header={<Header variant="h1">DR orchestration</Header>}>
        <SignInForm onDone={() => navigate(next, { replace: true })} />
      </Container>
      <p className="sign-in-below">
        <StageBadge stage={settings.stage} /> {settings.region}
      </p>
    </main>
  );
}
