import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ActFailure } from "../acts/ActFailure";
import { StaleRecord } from "../acts/StaleRecord";
import type { Schemas } from "../api/schemas";
import { useUnsaved } from "../groups/use_unsaved";
import { FIELDS } from "../launch/fields";
import { LevelForm } from "../launch/LevelForm";
import { differences } from "../launch/levels";
import { useAct } from "../live/use_act";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { useUser, whyNever, whyNot } from "../session/permissions";
import { SettingsTabs } from "./SettingsTabs";

/** The launch settings that all groups inherit. */
export default function DefaultsPage() {
  const defaults = useRead("/config/launch-defaults", {});
  return (
    <Page
      title="Launch defaults"
      within="Settings"
      description="What all protection groups inherit. Saving changes nothing in AWS until the settings of a group are applied."
    >
      <SettingsTabs />
      <Loaded result={defaults} what="The defaults">
        {(data) => <Editor current={data} />}
      </Loaded>
    </Page>
  );
}

function Editor({ current }: { current: Schemas["LaunchDefaults"] }) {
  const user = useUser();
  const [base, setBase] = useState(current);
  const [own, setOwn] = useState(current.settings);
  const save = useAct("put", "/config/launch-defaults", [
    "/config/launch-defaults",
    "/protection-groups/{groupId}/launch-settings",
  ]);
  const reason = whyNot(user, "PUT /config/launch-defaults");
  const never = whyNever(user, "PUT /config/launch-defaults");
  const changes = differences(FIELDS, base.settings, own);
  const unsaved = useUnsaved(changes.length > 0);
  const isStale = current.version > base.version;
  const takeBase = () => {
    setBase(current);
    save.reset();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            base.updatedAt === null ? (
              "Never changed."
            ) : (
              <>
                Version {base.version}, <Time at={base.updatedAt} /> by {base.updatedBy}
              </>
            )
          }
        >
          Defaults
        </Header>
      }
    >
      {unsaved.question}
      <SpaceBetween size="l">
        {isStale ? (
          <StaleRecord
            theirs={current}
            onKeep={takeBase}
            onTake={() => {
              setOwn(current.settings);
              takeBase();
            }}
          >
            <Sentences sentences={differences(FIELDS, base.settings, current.settings)} />
          </StaleRecord>
        ) : (
          <ActFailure failure={save.error} />
        )}
        {never === "" ? null : <p className="quiet sentence">{never}</p>}
        <LevelForm
          key={base.version}
          level="default"
          above={[]}
          own={own}
          onChange={setOwn}
          disabled={never !== ""}
        />
        <Sentences sentences={changes} />
        {save.isSuccess && changes.length === 0 ? <p role="status">Saved.</p> : null}
        <Button
          variant="primary"
          disabled={reason !== "" || isStale || changes.length === 0}
          disabledReason={reason || (isStale ? "Decide first which defaults count." : "Nothing has changed.")}
          loading={save.isPending}
          loadingText="Saving"
          onClick={() =>
            save.mutate(
              { body: { settings: own, version: base.version } },
              {
                onSuccess: (after) => {
                  setBase(after);
                  setOwn(after.settings);
                },
              },
            )
          }
        >
          Save
        </Button>
      </SpaceBetween>
    </Container>
  );
}

function Sentences({ sentences }: { sentences: readonly string[] }) {
  return (
    <ul className="sentences">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
