import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import type { SignInStep } from "./cognito";
import { useInstallation } from "./SessionContext";
import { StepForm } from "./StepForm";
import { useStep } from "./use_step";

interface Props {
  email: string;
  asked: { userId: string; session: string };
  onStep: (step: SignInStep) => void;
}

const DIGITS = 6;

/** The second factor: the code of an authenticator, sent when its sixth digit is there. */
export function CodeStep({ email, asked, onStep }: Props) {
  const { session } = useInstallation();
  const [code, setCode] = useState("");
  const { send, problem, setProblem, isBusy } = useStep(onStep);

  const submit = async (digits: string) => {
    if (digits.length !== DIGITS) return setProblem("The code has six digits.");
    if ((await send(() => session.sendCode(email, asked, digits))) === "refused") setCode("");
  };
  const type = (value: string) => {
    const digits = value.replace(/\D/g, "").slice(0, DIGITS);
    setCode(digits);
    if (digits.length === DIGITS && !isBusy) void submit(digits);
  };

  return (
    <StepForm
      problem={problem}
      isBusy={isBusy}
      action="Continue"
      busy="Checking"
      onSubmit={() => void submit(code)}
    >
      <FormField label="One-time code" description="Six digits, from your authenticator app." stretch>
        <Input
          value={code}
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          onChange={({ detail }) => type(detail.value)}
        />
      </FormField>
    </StepForm>
  );
}
