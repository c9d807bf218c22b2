import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { Schemas } from "../api/schemas";
import { StateMark } from "../states/StateMark";

interface Props {
  readiness: Schemas["Readiness"];
  findings: readonly Schemas["Finding"][];
}

/** Whether the server could be launched, and what stands in the way. */
export function ServerReadiness({ readiness, findings }: Props) {
  return (
    <Container
      header={
        <Header variant="h2" description={<StateMark kind="readiness" value={readiness} />}>
          Readiness
        </Header>
      }
    >
      {findings.length === 0 ? (
        <p className="quiet sentence">Nothing was found that would prevent a launch or make it fall back.</p>
      ) : (
        <ul className="plain-list">
          {findings.map((finding) => (
            <li key={finding.code}>
              <StateMark kind="readiness" value={finding.readiness} />: {finding.reason}{" "}
              <span className="quiet">{finding.remedy}</span>
            </li>
          ))}
        </ul>
      )}
    </Container>
  );
}
