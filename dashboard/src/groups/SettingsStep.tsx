import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { LevelForm } from "../launch/LevelForm";
import { ONCE } from "../live/pace";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import type { StepProps } from "./steps";

/** The launch settings of the group; they may be left for later. */
export default function SettingsStep({ draft, change }: StepProps) {
  const defaults = useRead("/config/launch-defaults", {}, { pace: ONCE });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="May be left for later. Saving them changes nothing in AWS until they are applied."
        >
          Launch settings
        </Header>
      }
    >
      <Loaded result={defaults} what="The defaults">
        {({ settings }) => (
          <LevelForm
            level="group"
            above={[{ level: "default", settings }]}
            own={draft.launch}
            place={{ accountId: draft.accountId, region: draft.region }}
            onChange={(launch) => change({ launch })}
          />
        )}
      </Loaded>
    </Container>
  );
}
