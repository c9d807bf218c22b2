import { useState } from "react";
import { SignInRefused, type SignInStep } from "./cognito";

/** Sends one step of signing in; says why it was refused. */
export function useStep(onStep: (step: SignInStep) => void) {
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);

  /** Whether the step was taken, or refused for what was typed, or could not be sent. */
  const send = async (step: () => Promise<SignInStep>): Promise<"taken" | "refused" | "not-sent"> => {
    setBusy(true);
    setProblem("");
    try {
      onStep(await step());
      return "taken";
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      return error instanceof SignInRefused && error.isConnection ? "not-sent" : "refused";
    } finally {
      setBusy(false);
    }
  };
  return { send, problem, setProblem, isBusy };
}
