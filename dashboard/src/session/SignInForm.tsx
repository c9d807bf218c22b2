import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { SignInRefused } from "./cognito";
import { useInstallation } from "./SessionContext";

interface Props {
  /** Filled in, and not to be changed by chance: who was signed in. */
  email?: string;
  onDone: (email: string) => void;
}

/** E-mail address and password. */
export function SignInForm({ email: known = "", onDone }: Props) {
  const { session } = useInstallation();
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      const step = await session.signIn(email.trim(), password);
      if (step.kind === "done") onDone(email.trim());
      else setProblem(`Signing in needs ${step.kind}, which is not supported here.`);
    } catch (error) {
      if (!(error instanceof SignInRefused && error.isConnection)) setPassword("");
      setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit}>
      <Form
        actions={
          <Button variant="primary" formAction="submit" loading={isBusy} loadingText="Signing in" fullWidth>
            Sign in
          </Button>
        }
        errorText={undefined}
      >
        <SpaceBetween size="m">
          <FormField label="E-mail address" stretch>
            <Input
              value={email}
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
              type="password"
              autoComplete="current-password"
              autoFocus={known !== ""}
              onChange={({ detail }) => setPassword(detail.value)}
            />
          </FormField>
          <div aria-live="assertive">{problem === "" ? null : <Alert type="error">{problem}</Alert>}</div>
        </SpaceBetween>
      </Form>
    </form>
  );
}
