import SpaceBetween from "@cloudscape-design/components/space-between";
import { useCallback } from "react";
import { useParams } from "react-router";
import { Loaded } from "../parts/Loaded";
import { MissingRecord } from "../parts/MissingRecord";
import { Page } from "../parts/Page";
import { Announcements } from "./Announcements";
import { ActsOfLink } from "./acts/ActsOfLink";
import { DecisionCards } from "./DecisionCards";
import { linkOf } from "./decisions";
import { Figures } from "./Figures";
import { LeftToDo } from "./LeftToDo";
import { WithBottomBar } from "./phone/WithBottomBar";
import { RunActions, RunDescription, RunHeading } from "./RunHeader";
import { type Detail, hasEnded, type Offer } from "./run";
import { useExecution } from "./use_execution";
import { useKeys } from "./use_keys";
import { useSelection } from "./use_selection";
import { Views } from "./Views";
import "./execution.css";

export default function ExecutionPage() {
  const { executionId = "" } = useParams();
  const execution = useExecution(executionId);
  if (execution.data === undefined) {
    return (
      <Page title="Execution" within="Executions">
        <Loaded
          result={execution}
          what="The execution"
          missing={<MissingRecord id={executionId} list="/executions" all="All executions" />}
        >
          {() => null}
        </Loaded>
      </Page>
    );
  }
  return (
    <Page
      title={`${execution.data.execution.mode} of ${execution.data.execution.planName}`}
      within="Executions"
      heading={<RunHeading detail={execution.data} />}
      description={<RunDescription detail={execution.data} />}
      actions={<HeaderActs detail={execution.data} />}
    >
      <Loaded result={execution} what="The execution">
        {(detail) => <Live detail={detail} />}
      </Loaded>
    </Page>
  );
}

/** The dialog of an act is part of the URL, so that a notice can lead to it. */
function useActs() {
  const [, select] = useSelection();
  return useCallback(
    (offer: Offer) =>
      select(
        offer.waveNumber === null ? { act: linkOf(offer) } : { act: linkOf(offer), wave: offer.waveNumber },
      ),
    [select],
  );
}

function HeaderActs({ detail }: { detail: Detail }) {
  return <RunActions detail={detail} onAct={useActs()} />;
}

function Live({ detail }: { detail: Detail }) {
  const [selection, select] = useSelection();
  const onAct = useActs();
  useKeys(detail, selection, select);
  return (
    <SpaceBetween size="m">
      <Announcements detail={detail} />
      {hasEnded(detail.execution) ? (
        <LeftToDo detail={detail} onAct={onAct} select={select} />
      ) : (
        <DecisionCards detail={detail} onAct={onAct} select={select} />
      )}
      <Figures detail={detail} />
      <WithBottomBar detail={detail} selection={selection} select={select} onAct={onAct}>
        <Views detail={detail} selection={selection} select={select} onAct={onAct} />
      </WithBottomBar>
      <ActsOfLink detail={detail} selection={selection} select={select} />
    </SpaceBetween>
  );
}
