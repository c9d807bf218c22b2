import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { GlyphIcon } from "../states/GlyphIcon";
import type { SignInStep } from "./cognito";
import { isAllowed, RULES } from "./password_rules";
import { useInstallation } from "./SessionContext";
import { StepForm } from "./StepForm";
import { useStep } from "./use_step";

interface Props {
  email: string;
  asked: { userId: string; session: string };
  onStep: (step: SignInStep) => void;
}

/** After signing in with a password that an administrator made: one of one's own. */
export function NewPasswordStep({ email, asked, onStep }: Props) {
  const { session } = useInstallation();
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [isShown, setShown] = useState(false);
  const { send, problem, setProblem, isBusy } = useStep(onStep);
  const type = isShown ? "text" : "password";

  const submit = () => {
    if (!isAllowed(password)) return setProblem("The new password does not keep every rule above.");
    if (password !== again) return setProblem("The two passwords differ.");
    void send(() => session.setNewPassword(email, asked, password));
  };

  return (
    <StepForm
      problem={problem}
      isBusy={isBusy}
      action="Set the password"
      busy="Setting the password"
      onSubmit={submit}
    >
      <p>Your password was made by an administrator. Choose your own.</p>
      <FormField label="New password" stretch>
        <Input
          value={password}
          name="new-password"
          type={type}
          autoComplete="new-password"
          autoFocus
          onChange={({ detail }) => setPassword(detail.value)}
        />
      </FormField>
      <ul className="password-rules" aria-label="Rules for passwords">
        {RULES.map(({ text, isKept }) => {
          const kept = isKept(password);
          return (
            <li key={text} className={kept ? "mark-good" : "mark-inactive"}>
              <GlyphIcon glyph={kept ? "check" : "ring"} />
              {text}
              <span className="only-read">{kept ? ": done" : ": missing"}</span>
            </li>
          );
        })}
      </ul>
      <FormField label="New password again" stretch>
        <Input
          value={again}
          name="new-password-again"
          type={type}
          autoComplete="new-password"
          onChange={({ detail }) => setAgain(detail.value)}
        />
      </FormField>
      <Checkbox checked={isShown} onChange={({ detail }) => setShown(detail.checked)}>
        Show what I type
      </Checkbox>
    </StepForm>
  );
}
