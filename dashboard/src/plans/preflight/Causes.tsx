import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { counted } from "../../format/numbers";
import { AppLink } from "../../parts/AppLink";
import { StateMark } from "../../states/StateMark";
import type { Cause } from "./check";
import { titleOf } from "./codes";

interface Props {
  causes: readonly Cause[];
  /** The code that the servers are filtered by, and how to filter; without it they cannot be. */
  chosen?: string;
  choose?: (code: string) => void;
}

const NAMED = 5;

/** The findings by cause, each with what to do about it. */
export function Causes({ causes, chosen, choose }: Props) {
  if (causes.length === 0) return null;
  return (
    <Container header={<Header counter={`(${causes.length})`}>Causes</Header>}>
      <ul className="rows">
        {causes.map((cause) => (
          <li key={`${cause.readiness} ${cause.code}`} className="row">
            <div className="row-main">
              <strong>
                {titleOf(cause.code)}: {counted(cause.count, "server")}
              </strong>{" "}
              <StateMark kind="readiness" value={cause.readiness} />
              <div>{cause.reason}</div>
              {cause.remedy === "" ? null : <div className="quiet">{cause.remedy}</div>}
              <div>
                <Named cause={cause} />
              </div>
            </div>
            {choose === undefined ? null : (
              <Button
                onClick={() => choose(cause.code)}
                ariaLabel={chosen === cause.code ? "Show all servers" : `Show them: ${titleOf(cause.code)}`}
              >
                {chosen === cause.code ? "Show all servers" : "Show them"}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Container>
  );
}

function Named({ cause: { servers, count } }: { cause: Cause }) {
  const named = servers.slice(0, NAMED);
  return (
    <>
      {named.map(({ sourceServerId, hostname }, index) => (
        <span key={sourceServerId}>
          {index > 0 ? ", " : ""}
          <AppLink to={`/servers/${sourceServerId}`}>{hostname || sourceServerId}</AppLink>
        </span>
      ))}
      {count > named.length ? ` and ${count - named.length} more` : ""}
    </>
  );
}
