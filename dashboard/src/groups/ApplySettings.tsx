import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ActFailure } from "../acts/ActFailure";
import { ApiFailure } from "../api/failure";
import type { Schemas } from "../api/schemas";
import { readAll } from "../lists/read_all";
import { useAct } from "../live/use_act";
import { useUser, whyNot } from "../session/permissions";
import { ApplyProgress } from "./ApplyProgress";
import { ConfirmApply } from "./ConfirmApply";
import { useApply } from "./use_apply";

interface Props {
  groupId: string;
  hostnames: ReadonlyMap<string, string>;
  /** Why nothing may be applied now: a run uses the group. */
  inUse: string;
}

/** Checks what DRS and EC2 have, and brings the settings there, with the progress of each server. */
export function ApplySettings({ groupId, hostnames, inUse }: Props) {
  const user = useUser();
  const [asked, setAsked] = useState<Schemas["ServerLaunchSettings"][]>();
  const [isReading, setReading] = useState(false);
  const [problem, setProblem] = useState<ApiFailure | null>(null);
  const apply = useApply(groupId);
  const check = useAct("post", "/protection-groups/{groupId}/launch-settings/check", [
    "/protection-groups/{groupId}/launch-settings",
  ]);
  const mayApply = whyNot(user, "POST /protection-groups/{groupId}/launch-settings/apply") || inUse;
  const mayCheck = whyNot(user, "POST /protection-groups/{groupId}/launch-settings/check");
  const ask = async () => {
    setReading(true);
    setProblem(null);
    try {
      const all = await readAll("/protection-groups/{groupId}/launch-settings", {
        path: { groupId },
        query: { limit: 100 },
      });
      setAsked(all.filter(({ status }) => status !== "NOT_CONFIGURED"));
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setProblem(error);
    } finally {
      setReading(false);
    }
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Each server gets a new default version of its launch template. Settings that are not managed here stay."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                disabled={mayCheck !== ""}
                disabledReason={mayCheck}
                loading={check.isPending}
                loadingText="Comparing"
                onClick={() => check.mutate({ path: { groupId }, body: { sourceServerIds: [] } })}
              >
                Compare with AWS now
              </Button>
              <Button
                variant="primary"
                disabled={mayApply !== ""}
                disabledReason={mayApply}
                loading={apply.isRunning || isReading}
                loadingText="Applying"
                onClick={() => void ask()}
              >
                Apply …
              </Button>
            </SpaceBetween>
          }
        >
          In DRS and EC2
        </Header>
      }
    >
      <SpaceBetween size="m">
        {check.data === undefined ? null : <p role="status">{check.data.statement}</p>}
        <ActFailure failure={check.error} />
        <ActFailure failure={problem ?? apply.failure} />
        <ApplyProgress apply={apply} hostnames={hostnames} />
      </SpaceBetween>
      {asked === undefined ? null : (
        <ConfirmApply
          servers={asked}
          onLeave={() => setAsked(undefined)}
          onConfirm={() => {
            setAsked(undefined);
            void apply.start(asked.map(({ sourceServerId }) => sourceServerId));
          }}
        />
      )}
    </Container>
  );
}
