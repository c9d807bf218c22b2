import "../plans.css";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useParams, useSearchParams } from "react-router";
import { useRead } from "../../live/use_read";
import { AppButton } from "../../parts/AppButton";
import { AppLink } from "../../parts/AppLink";
import { Loaded } from "../../parts/Loaded";
import { Page } from "../../parts/Page";
import { PrintButton } from "../../print/PrintButton";
import { modeOf } from "../mode";
import { planPath, startPath } from "../paths";
import PreflightTab from "./PreflightTab";

/** The preflight of a plan as a page of its own, to be linked and printed. */
export default function PreflightPage() {
  const planId = useParams()["planId"] ?? "";
  const mode = modeOf(useSearchParams()[0]);
  const plan = useRead("/recovery-plans/{planId}", { path: { planId } });
  const name = plan.data?.name ?? "the plan";
  return (
    <Page
      title={`Preflight of ${name}`}
      within="Plans"
      description={<AppLink to={planPath(planId)}>Back to {name}</AppLink>}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <PrintButton />
          <AppButton to={`${startPath(planId)}?mode=${mode}`}>Start …</AppButton>
        </SpaceBetween>
      }
    >
      <Loaded result={plan} what="The plan">
        {(data) => <PreflightTab plan={data} />}
      </Loaded>
    </Page>
  );
}
