import Tiles from "@cloudscape-design/components/tiles";
import type { Schemas } from "../../api/schemas";
import { ModeBadge } from "../../states/ModeBadge";
import { cleanupOf } from "./sentences";

type Mode = Schemas["Mode"];

interface Props {
  plan: Schemas["PlanDetail"];
  mode: Mode;
  disabled: boolean;
  change: (mode: Mode) => void;
}

/** What is started: two large tiles that say what they do. */
export function ModeTiles({ plan, mode, disabled, change }: Props) {
  return (
    <Tiles
      value={mode}
      ariaLabel="What is started"
      columns={2}
      onChange={({ detail }) => change(detail.value as Mode)}
      items={[
        {
          value: "DRILL",
          disabled,
          label: <ModeBadge mode="DRILL" />,
          description: `Launches copies to see whether the plan works. The source servers run on. Instances cost money until they are terminated: ${cleanupOf(plan)}.`,
        },
        {
          value: "RECOVERY",
          disabled,
          label: <ModeBadge mode="RECOVERY" />,
          description: "Launches the servers for production use. Source servers are not stopped by this.",
        },
      ]}
    />
  );
}
