import type { ApiFailure } from "../../api/failure";
import { AppLink } from "../../parts/AppLink";
import { Refused } from "../Refused";
import { refusedServers } from "./refusal";

const NAMED = 10;

/** A start that was refused: the API's sentence, the run that stands in its way, the servers that cannot launch. */
export function RefusedStart({ failure }: { failure: ApiFailure }) {
  const executionId = failure.details["executionId"];
  const servers = refusedServers(failure);
  return (
    <Refused failure={failure} what="Nothing was started">
      {typeof executionId === "string" && executionId !== "" ? (
        <AppLink to={`/executions/${executionId}`} variant="primary">
          Show the execution that stands in its way
        </AppLink>
      ) : null}
      {servers.length === 0 ? null : (
        <ul>
          {servers.slice(0, NAMED).map(({ id, name, reason }) => (
            <li key={id}>
              {name}: {reason}
            </li>
          ))}
          {servers.length > NAMED ? <li>and {servers.length - NAMED} more</li> : null}
        </ul>
      )}
    </Refused>
  );
}
