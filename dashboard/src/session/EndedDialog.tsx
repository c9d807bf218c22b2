import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { TopDialog } from "../parts/TopDialog";
import { useSessionState } from "./SessionContext";
import { SignInForm } from "./SignInForm";
import { typedWork } from "./typed_work";

/** Over the page when the session has ended: the page and what was typed stay. */
export function EndedDialog() {
  const { phase, email } = useSessionState();
  if (phase === "expired") {
    return (
      <TopDialog title="Your session has ended">
        <p>Sign in to go on; nothing you typed is lost.</p>
        <SignInForm email={email} />
      </TopDialog>
    );
  }
  return phase === "other-person" ? <OtherPerson email={email} /> : null;
}

/** Somebody else has signed in over the page of another: what is on it is not theirs. */
function OtherPerson({ email }: { email: string }) {
  const [typed] = useState(() => typedWork(document.getElementById("content") ?? document.body));
  const [copied, setCopied] = useState(false);
  return (
    <TopDialog title={`Signed in as ${email}`}>
      <p>
        This page was somebody else's and is loaded again for you. Nothing that was waiting has been sent.
      </p>
      {typed === "" ? null : (
        <>
          <p>What was typed on it:</p>
          <pre className="typed">{typed}</pre>
          <Button onClick={() => void navigator.clipboard.writeText(typed).then(() => setCopied(true))}>
            {copied ? "Copied" : "Copy the text"}
          </Button>{" "}
        </>
      )}
      <Button variant="primary" onClick={() => location.reload()}>
        Load the page
      </Button>
    </TopDialog>
  );
}
