import Alert from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";
import type { ApiFailure } from "../api/failure";
import { FailureFacts } from "../parts/Failure";

/** Why a command was refused or did not get through: the API's sentence, its problems by field, what support asks for. */
export function ActFailure({ failure, children }: { failure: ApiFailure | null; children?: ReactNode }) {
  if (failure === null) return null;
  return (
    <div role="alert">
      <Alert type={failure.isOutcomeUnknown ? "warning" : "error"}>
        <p className="sentence">{failure.message}</p>
        {failure.isOutcomeUnknown ? (
          <p className="sentence">It may have been carried out. Look before you send it again.</p>
        ) : null}
        {failure.problems.length === 0 ? null : (
          <ul className="sentences">
            {failure.problems.map(({ field, message }) => (
              <li key={`${field} ${message}`}>
                <code>{field}</code> {message}
              </li>
            ))}
          </ul>
        )}
        {children}
        <FailureFacts failure={failure} />
      </Alert>
    </div>
  );
}
