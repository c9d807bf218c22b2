import "../plans.css";
import { useParams } from "react-router";
import { useRead } from "../../live/use_read";
import { AppLink } from "../../parts/AppLink";
import { Loaded } from "../../parts/Loaded";
import { Page } from "../../parts/Page";
import { planPath } from "../paths";
import { StartForm } from "./StartForm";

/** The start of a plan: what, from which data, what will happen, why. The mode is in the URL. */
export default function StartPage() {
  const planId = useParams()["planId"] ?? "";
  const plan = useRead("/recovery-plans/{planId}", { path: { planId } });
  const name = plan.data?.name ?? "the plan";
  return (
    <Page
      title={`Start ${name}`}
      within="Plans"
      description={<AppLink to={planPath(planId)}>Back to {name}</AppLink>}
    >
      <Loaded result={plan} what="The plan">
        {(data) => <StartForm plan={data} />}
      </Loaded>
    </Page>
  );
}
