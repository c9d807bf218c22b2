import Alert from "@cloudscape-design/components/alert";
import type { ApiFailure } from "../../api/failure";
import { FailureFacts } from "../../parts/Failure";
import type { Told } from "./outcomes";

/** What came of it; empty, but there for screen readers, until something has. */
export function ActTold({ told, failure }: { told: Told | null; failure: ApiFailure | null }) {
  return (
    <div role="status">
      {told === null ? null : (
        <Alert type={told.type} header={told.header}>
          {told.text}
          {failure === null ? null : (
            <div>
              <FailureFacts failure={failure} />
            </div>
          )}
        </Alert>
      )}
    </div>
  );
}
