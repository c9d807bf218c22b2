import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { ApiFailure } from "../api/failure";
import { FailureFacts } from "../parts/Failure";

interface Props {
  failure: ApiFailure;
  /** "The plan was not deleted" */
  what: string;
  children?: ReactNode;
}

/** An act that was not carried out, in the API's words. */
export function Refused({ failure, what, children }: Props) {
  const header = failure.isOutcomeUnknown ? "It is not known whether it was carried out" : what;
  return (
    <Alert type={failure.isOutcomeUnknown ? "warning" : "error"} header={header}>
      <SpaceBetween size="xxs">
        <span>{failure.message}</span>
        {children}
        <FailureFacts failure={failure} />
      </SpaceBetween>
    </Alert>
  );
}
