import Button from "@cloudscape-design/components/button";
import type { FormEvent, ReactNode } from "react";
import { GlyphIcon } from "../states/GlyphIcon";

interface Props {
  children: ReactNode;
  problem: string;
  isBusy: boolean;
  action: string;
  busy: string;
  onSubmit: () => void;
}

/** The fields of one step of signing in, why the last try was refused, and the button. */
export function StepForm({ children, problem, isBusy, action, busy, onSubmit }: Props) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isBusy) onSubmit();
  };
  return (
    <form onSubmit={submit} className="step">
      {children}
      <div aria-live="assertive">
        {problem === "" ? null : (
          <p className="step-problem">
            <GlyphIcon glyph="cross" />
            <span>{problem}</span>
          </p>
        )}
      </div>
      <Button variant="primary" formAction="submit" loading={isBusy} loadingText={busy} fullWidth>
        {action}
      </Button>
    </form>
  );
}
