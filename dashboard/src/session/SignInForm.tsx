import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { CodeStep } from "./CodeStep";
import type { SignInStep } from "./cognito";
import { NewPasswordStep } from "./NewPasswordStep";
import { PasswordStep } from "./PasswordStep";

interface Props {
  /** Filled in: who was signed in. */
  email?: string;
}

/** Every step of signing in; the session knows when it is done. */
export function SignInForm({ email: known = "" }: Props) {
  const [email, setEmail] = useState(known);
  const [step, setStep] = useState<SignInStep>();

  const first = (next: SignInStep, typed: string) => {
    setEmail(typed);
    setStep(next);
  };
  if (step?.kind === "new-password") return <NewPasswordStep email={email} asked={step} onStep={setStep} />;
  if (step?.kind === "code") return <CodeStep email={email} asked={step} onStep={setStep} />;
  if (step?.kind === "unsupported") return <Unsupported name={step.name} onBack={() => setStep(undefined)} />;
  return <PasswordStep email={email} onStep={first} />;
}

function Unsupported({ name, onBack }: { name: string; onBack: () => void }) {
  return (
    <div role="alert">
      <p>
        {name === "MFA_SETUP"
          ? "You need a second factor, and have none yet. Ask an administrator to set up an authenticator for you."
          : `The sign-in service asks for ${name}, which this page does not know. Tell the platform's operators.`}
      </p>
      <Button onClick={onBack}>Back</Button>
    </div>
  );
}
