import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { Schemas } from "../../api/schemas";
import { StateMark } from "../../states/StateMark";

/** Who is told of the plan's executions, and whether the messages reach them. */
export function Notifications({ subscriptions }: { subscriptions: readonly Schemas["EmailSubscription"][] }) {
  return (
    <Container header={<Header counter={`(${subscriptions.length})`}>Notifications</Header>}>
      {subscriptions.length === 0 ? (
        <p className="quiet">Nobody is told by e-mail of this plan's executions.</p>
      ) : null}
      <ul className="rows">
        {subscriptions.map(({ email, state, reason }) => (
          <li key={email} className="row">
            <span className="row-main">{email}</span>
            <StateMark kind="subscription" value={state} />
            {reason === "" ? null : <span className="quiet">{reason}</span>}
          </li>
        ))}
      </ul>
    </Container>
  );
}
