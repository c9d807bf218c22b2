import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense } from "react";
import type { Schemas } from "../../api/schemas";
import { number } from "../../format/numbers";
import { Loaded } from "../../parts/Loaded";
import { lazyPart } from "../../parts/lazy_part";
import { CheckLine } from "../preflight/CheckLine";
import { type CheckResult, WORST_FIRST } from "../preflight/check";
import type { Check } from "../preflight/use_check";
import type { Data } from "./data";
import { SentenceList } from "./SentenceList";
import { attention, whatWillHappen } from "./sentences";

const Verdicts = lazyPart(() => import("./Verdicts"));

const CHECKED_NEWEST = "This was checked for the newest data; the chosen points are checked when it starts.";

interface Props {
  plan: Schemas["PlanDetail"];
  mode: Schemas["Mode"];
  check: Check;
  data: Data;
}

/** What a start would do now, made from the preflight, with its findings behind a fold. */
export function WhatWillHappen({ mode, check, data }: Props) {
  return (
    <Container header={<Header>What will happen</Header>}>
      <SpaceBetween size="m">
        <CheckLine check={check} />
        <Loaded result={check.read} what="The preflight">
          {() =>
            check.result === undefined ? null : (
              <Sentences mode={mode} check={check} result={check.result} data={data} />
            )
          }
        </Loaded>
      </SpaceBetween>
    </Container>
  );
}

function Sentences({ mode, check, result, data }: Omit<Props, "plan"> & { result: CheckResult }) {
  const sentences = [
    ...whatWillHappen(mode, result.startSummary),
    ...(data.kind === "points" ? [attention(CHECKED_NEWEST)] : []),
  ];
  return (
    <SpaceBetween size="m">
      <SentenceList sentences={sentences} />
      <ExpandableSection headerText={`Preflight of each server: ${countsOf(result)}`}>
        <Suspense>
          <Verdicts causes={result.causes} servers={check.servers} notShown={check.notShown} />
        </Suspense>
      </ExpandableSection>
    </SpaceBetween>
  );
}

function countsOf(result: CheckResult): string {
  const words = { BLOCKED: "cannot launch", DEGRADED: "ready with a fallback", READY: "ready" };
  const counts = { BLOCKED: result.blockedCount, DEGRADED: result.degradedCount, READY: result.readyCount };
  return WORST_FIRST.filter((each) => counts[each] > 0)
    .map((each) => `${number(counts[each])} ${words[each]}`)
    .join(", ");
}
