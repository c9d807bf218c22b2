import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { ReactNode } from "react";
import { AppLink } from "../parts/AppLink";
import { Time } from "../parts/Time";
import { useUser, whyNever } from "../session/permissions";
import { FactMark } from "../states/FactMark";
import { PartProblem } from "./PartProblem";
import {
  type EvidenceProblem,
  evidenceFact,
  evidenceLink,
  evidenceSubject,
  type Unsent,
  unsentFact,
  unsentLink,
} from "./unseen";
import type { Dashboard } from "./use_dashboard";

type Props = Pick<Dashboard, "notices" | "evidence">;

/** Notices that nobody got and evidence that is not whole, with the reason and what to do; nothing where all is well. */
export function FailedUnseen({ notices, evidence }: Props) {
  const unsent = notices.data?.items ?? [];
  const problems = evidence.data?.problems ?? [];
  const hasReadAll = notices.problem === "" && evidence.problem === "";
  if (unsent.length === 0 && problems.length === 0 && hasReadAll) return null;
  const more = notices.data?.more === true;
  return (
    <Container
      header={
        <Header counter={`(${unsent.length + problems.length}${more ? "+" : ""})`}>Failed unseen</Header>
      }
    >
      <PartProblem part={evidence} what="Problems of the evidence" />
      <PartProblem part={notices} what="Notices that were not sent" />
      <ul className="rows" aria-label="Failed unseen">
        {problems.map((problem) => (
          <Evidence
            key={`${problem.kind} ${problem.chain} ${problem.item} ${problem.log}`}
            problem={problem}
          />
        ))}
        {unsent.map((notice) => (
          <Notice key={notice.eventId} notice={notice} />
        ))}
      </ul>
      {more ? <p className="quiet sentence">There are more notices that were not sent.</p> : null}
    </Container>
  );
}

function Notice({ notice }: { notice: Unsent }) {
  const { subject, at, reason, action, nextTryAt } = notice;
  return (
    <Row>
      Notice of <Time at={at} as="near" withZone />:{" "}
      <AppLink to={unsentLink(notice)} variant="primary">
        {subject}
      </AppLink>{" "}
      <FactMark fact={unsentFact(notice)} />
      <div className="quiet">
        {reason}
        {nextTryAt === null ? null : (
          <>
            {" "}
            It is sent again about <Time at={nextTryAt} as="near" withZone />.
          </>
        )}
      </div>
      <div>{action}</div>
    </Row>
  );
}

function Evidence({ problem }: { problem: EvidenceProblem }) {
  const mayVerify = whyNever(useUser(), "GET /audit-logs/verify") === "";
  const { since, reason, action } = problem;
  const subject = evidenceSubject(problem);
  return (
    <Row>
      Evidence:{" "}
      {mayVerify ? (
        <AppLink to={evidenceLink(problem)} variant="primary">
          {subject}
        </AppLink>
      ) : (
        <strong>{subject}</strong>
      )}{" "}
      <FactMark fact={evidenceFact(problem)} />
      <div className="quiet">
        {reason}
        {since === null ? null : (
          <>
            {" "}
            {problem.kind === "CHANGED_BY_HAND" ? "Changed at" : "Sealed until"}{" "}
            <Time at={since} as="near" withZone />.
          </>
        )}
      </div>
      <div>{action}</div>
    </Row>
  );
}

function Row({ children }: { children: ReactNode }) {
  return (
    <li className="row">
      <div className="row-main">{children}</div>
    </li>
  );
}
