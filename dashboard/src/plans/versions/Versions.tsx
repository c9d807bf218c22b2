import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense, useState } from "react";
import { useSearchParams } from "react-router";
import type { Schemas } from "../../api/schemas";
import { Loaded } from "../../parts/Loaded";
import { lazyPart } from "../../parts/lazy_part";
import { useUser, whyNot } from "../../session/permissions";
import { contentOf } from "../content";
import { groupName, useGroups } from "../use_groups";
import { Changes } from "./Changes";
import { chosenVersions } from "./chosen";
import { differences } from "./differences";
import { useVersions } from "./use_versions";
import { VersionsTable } from "./VersionsTable";

const RestoreDialog = lazyPart(() => import("./RestoreDialog"));

type Version = Schemas["RecoveryPlan"];

/** All versions of a plan, and how two of them differ. Which two is in the URL. */
export default function Versions({ plan }: { plan: Schemas["PlanDetail"] }) {
  const [search, setSearch] = useSearchParams();
  const versions = useVersions(plan);
  const [from, to] = chosenVersions(search, plan.version);
  const choose = (next: readonly [number, number]) =>
    setSearch({ tab: "versions", from: String(next[0]), to: String(next[1]) }, { replace: true });
  return (
    <Loaded result={versions} what="The versions">
      {(all) => {
        const [older, newer] = [from, to].map((number) => all.find(({ version }) => version === number));
        return (
          <SpaceBetween size="l">
            <VersionsTable versions={all} compare={(version) => choose([version - 1, version])} />
            {from === to ? <p className="plan-text">There is one version only.</p> : null}
            {from !== to && older !== undefined && newer !== undefined ? (
              <Comparison {...{ plan, all, older, newer, choose }} />
            ) : null}
          </SpaceBetween>
        );
      }}
    </Loaded>
  );
}

interface ComparisonProps {
  plan: Schemas["PlanDetail"];
  all: readonly Version[];
  older: Version;
  newer: Version;
  choose: (next: readonly [number, number]) => void;
}

function Comparison({ plan, all, older, newer, choose }: ComparisonProps) {
  const groups = useGroups().data;
  const [isRestoring, setRestoring] = useState(false);
  const noSave = whyNot(useUser(), "PUT /recovery-plans/{planId}");
  const changes = differences(older, newer, (id) => groupName(groups, id));
  const numbers = all.map(({ version }) => version);
  return (
    <Container
      header={
        <Header
          actions={
            <Button disabled={noSave !== ""} disabledReason={noSave} onClick={() => setRestoring(true)}>
              Restore version {older.version} as a new version …
            </Button>
          }
        >
          From version {older.version} to version {newer.version}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <div className="filters">
          <Choice
            label="From"
            {...{ numbers, chosen: older.version }}
            choose={(from) => choose([from, newer.version])}
          />
          <Choice
            label="To"
            {...{ numbers, chosen: newer.version }}
            choose={(to) => choose([older.version, to])}
          />
        </div>
        <Changes changes={changes} none="These versions say the same." />
        <ExpandableSection headerText={`Version ${newer.version} as JSON`}>
          <Raw version={newer} />
        </ExpandableSection>
        <ExpandableSection headerText={`Version ${older.version} as JSON`}>
          <Raw version={older} />
        </ExpandableSection>
        {isRestoring ? (
          <Suspense>
            <RestoreDialog plan={plan} version={older} close={() => setRestoring(false)} />
          </Suspense>
        ) : null}
      </SpaceBetween>
    </Container>
  );
}

interface ChoiceProps {
  label: string;
  numbers: readonly number[];
  chosen: number;
  choose: (version: number) => void;
}

function Choice({ label, numbers, chosen, choose }: ChoiceProps) {
  const options = numbers.map((number) => ({ value: String(number), label: `Version ${number}` }));
  return (
    <FormField label={label}>
      <Select
        selectedOption={{ value: String(chosen), label: `Version ${chosen}` }}
        options={options}
        onChange={({ detail }) => choose(Number(detail.selectedOption.value))}
      />
    </FormField>
  );
}

function Raw({ version }: { version: Version }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to by keyboard
    <pre className="raw" tabIndex={0}>
      {JSON.stringify(contentOf(version), null, 2)}
    </pre>
  );
}
