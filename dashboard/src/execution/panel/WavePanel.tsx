import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { duration, secondsBetween } from "../../format/durations";
import { Elapsed } from "../../parts/Elapsed";
import { Time } from "../../parts/Time";
import { CountsBar } from "../../states/CountsBar";
import { StateMark } from "../../states/StateMark";
import { labelOf } from "../acts/wording";
import { offersOnWave } from "../decisions";
import { type Detail, type Offer, type Wave, waveTitle } from "../run";
import type { Select } from "../use_selection";

interface Props {
  detail: Detail;
  wave: Wave;
  select: Select;
  onAct: (offer: Offer) => void;
}

const ON_FAILURE = {
  STOP: "no further wave starts",
  CONTINUE: "waves that depend on it start all the same",
  PAUSE: "a person decides",
} as const;

/** Everything about the selected wave, and what can be done with it. */
export function WavePanel({ detail, wave, select, onAct }: Props) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              iconName="close"
              variant="icon"
              ariaLabel="Close the wave"
              onClick={() => select({ wave: null })}
            />
          }
        >
          Wave {waveTitle(wave)}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <div>
          <StateMark kind="wave" value={wave.status} />
          {wave.waitingFor === null ? null : <div className="quiet">{wave.waitingFor.text}</div>}
          {wave.outcomeReason === "" ? null : <div>{wave.outcomeReason}</div>}
        </div>
        <CountsBar counts={wave.counts} total={wave.serverCount} />
        <KeyValuePairs
          columns={1}
          items={factsOf(detail, wave).map(([label, value]) => ({ label, value }))}
        />
        <SpaceBetween size="xs">
          {offersOnWave(detail, wave.waveNumber).map((offer) => (
            <Button
              key={offer.action}
              fullWidth
              disabled={!offer.allowed}
              disabledReason={offer.reason}
              onClick={() => onAct(offer)}
            >
              {labelOf(offer, wave)}
            </Button>
          ))}
          <Button fullWidth variant="normal" onClick={() => select({ view: "servers" })}>
            Its servers
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    </Container>
  );
}

function factsOf(detail: Detail, wave: Wave): [string, ReactNode][] {
  const facts: [string, ReactNode][] = [
    ["Starts after", startText(detail, wave)],
    ["Time", timeText(wave)],
    ["If it fails", ON_FAILURE[wave.onFailure]],
  ];
  if (wave.approvalRequired) {
    const by = wave.approvedAt === null ? "not given yet" : `${wave.approvedBy}`;
    facts.push(["Approval", wave.comment === "" ? by : `${by}: “${wave.comment}”`]);
  }
  if (wave.attempt > 1) facts.push(["Attempt", String(wave.attempt)]);
  for (const [place, reason] of Object.entries(wave.waiting)) facts.push([`Waits in ${place}`, reason]);
  return facts;
}

function startText({ waves }: Detail, { dependsOn, delaySeconds }: Wave): string {
  const names = waves.filter(({ waveNumber }) => dependsOn.includes(waveNumber)).map(waveTitle);
  const after = names.length === 0 ? "the start of the run" : names.join(", ");
  return delaySeconds === 0 ? after : `${after}, and ${duration(delaySeconds)}`;
}

function timeText({ startedAt, endedAt, expectedSeconds }: Wave): ReactNode {
  const expected = `expected ${duration(expectedSeconds)}`;
  if (startedAt === null) return expected;
  return (
    <>
      {endedAt === null ? (
        <Elapsed since={startedAt} />
      ) : (
        duration(secondsBetween(startedAt, Date.parse(endedAt)))
      )}
      , {expected}; from <Time at={startedAt} as="clock" />
      {endedAt === null ? null : (
        <>
          {" to "}
          <Time at={endedAt} as="clock" />
        </>
      )}
    </>
  );
}
