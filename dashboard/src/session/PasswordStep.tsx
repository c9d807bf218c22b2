import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import type { SignInStep } from "./cognito";
import { useInstallation } from "./SessionContext";
import { StepForm } from "./StepForm";
import { useStep } from "./use_step";

interface Props {
  email: string;
  onStep: (step: SignInStep, email: string) => void;
}

/** E-mail address and password. A wrong password is cleared; one that could not be sent stays. */
export function PasswordStep({ email: known, onStep }: Props) {
  const { session } = useInstallation();
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const { send, problem, setProblem, isBusy } = useStep((step) => onStep(step, email.trim()));

  const submit = async () => {
    if (email.trim() === "" || password === "") {
      return setProblem(`Enter ${email.trim() === "" ? "your e-mail address" : "your password"}.`);
    }
    if ((await send(() => session.signIn(email.trim(), password))) === "refused") setPassword("");
  };

  return (
    <StepForm
      problem={problem}
      isBusy={isBusy}
      action="Sign in"
      busy="Signing in"
      onSubmit={() => void submit()}
    >
      <FormField label="E-mail address" stretch>
        <Input
          value={email}
          name="username"
          type="email"
          inputMode="email"
          autoComplete="username"
          autoFocus={known === ""}
          onChange={({ detail }) => setEmail(detail.value)}
        />
      </FormField>
      <FormField label="Password" stretch>
        <Input
          value={password}
          name="password"
          type="password"
          autoComplete="current-password"
          autoFocus={known !== ""}
          onChange={({ detail }) => setPassword(detail.value)}
        />
      </FormField>
    </StepForm>
  );
}
