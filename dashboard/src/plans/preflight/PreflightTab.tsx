import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useSearchParams } from "react-router";
import type { Schemas } from "../../api/schemas";
import { modeOf } from "../mode";
import { PreflightView } from "./PreflightView";
import { useCheck } from "./use_check";

/** What a start of the plan would do now, in the mode of the URL. */
export default function PreflightTab({ plan }: { plan: Schemas["PlanDetail"] }) {
  const [search, setSearch] = useSearchParams();
  const mode = modeOf(search);
  const check = useCheck(plan, mode);
  return (
    <SpaceBetween size="m">
      <SegmentedControl
        label="Checked for"
        selectedId={mode}
        options={[
          { id: "DRILL", text: "A drill" },
          { id: "RECOVERY", text: "A recovery" },
        ]}
        onChange={({ detail }) =>
          setSearch(
            (before) => {
              const next = new URLSearchParams(before);
              next.set("mode", detail.selectedId);
              return next;
            },
            { replace: true },
          )
        }
      />
      <PreflightView check={check} />
    </SpaceBetween>
  );
}
