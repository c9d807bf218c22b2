import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ActFailure } from "../acts/ActFailure";
import type { Schemas } from "../api/schemas";
import { ONCE } from "../live/pace";
import { useAct } from "../live/use_act";
import { useRead } from "../live/use_read";
import { Time } from "../parts/Time";
import { useUser, whyNot } from "../session/permissions";
import { GlyphIcon } from "../states/GlyphIcon";
import { markOf } from "../states/marks";
import { CopyText } from "./CopyText";
import { byRegion, repairOf } from "./repair";

/** Tries both roles in every Region, and says for each try what came of it and how it is repaired. */
export function Validation({ accountId }: { accountId: string }) {
  const user = useUser();
  const validate = useAct("post", "/accounts/targets/{accountId}/validate", []);
  const reason = whyNot(user, "POST /accounts/targets/{accountId}/validate");
  const data = validate.data;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            data === undefined ? (
              "Assumes both roles and tries DRS and EC2 in each Region. Changes nothing."
            ) : (
              <>
                Checked <Time at={data.checkedAt} withZone />
              </>
            )
          }
          actions={
            <Button
              disabled={reason !== ""}
              disabledReason={reason}
              loading={validate.isPending}
              loadingText="Validating"
              onClick={() => validate.mutate({ path: { accountId } })}
            >
              {data === undefined ? "Validate" : "Validate again"}
            </Button>
          }
        >
          Validation
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ActFailure failure={validate.error} />
        {data === undefined ? (
          <p className="quiet sentence">Not validated since this page was opened.</p>
        ) : (
          <Result data={data} />
        )}
      </SpaceBetween>
    </Container>
  );
}

function Result({ data }: { data: Schemas["AccountValidation"] }) {
  const hub = useRead("/accounts/current", {}, { pace: ONCE }).data;
  return (
    <SpaceBetween size="m">
      <p role="status" className={`sentence mark ${data.usable ? "mark-good" : "mark-failed"}`}>
        <GlyphIcon glyph={data.usable ? "check" : "cross"} />
        {data.usable ? "The account can be used." : "The account cannot be used as it is."}
      </p>
      {byRegion(data.checks).map(({ region, checks }) => (
        <div key={region}>
          <h3>{region === "" ? "Roles" : region}</h3>
          <ul className="checklist">
            {checks.map((check) => (
              <CheckLine key={`${check.access} ${check.what}`} check={check} repair={repairOf(check, hub)} />
            ))}
          </ul>
        </div>
      ))}
      {data.notChecked.map((sentence) => (
        <p key={sentence} className="quiet sentence">
          {sentence}
        </p>
      ))}
    </SpaceBetween>
  );
}

const ROLES: Record<Schemas["AccountAccess"], string> = { READ: "Read role", OPERATE: "Operate role" };

function CheckLine({ check, repair }: { check: Schemas["AccountCheck"]; repair: string }) {
  const { word, family, glyph } = markOf("region", check.state);
  return (
    <li>
      <span className={`mark-${family}`}>
        <GlyphIcon glyph={glyph} />
      </span>
      <div>
        {ROLES[check.access]}: {check.what} —{" "}
        <span className={`mark-${family}`}>{check.state === "ACTIVE" ? "done" : word}</span>
        {check.reason === "" ? null : <div className="quiet">{check.reason}</div>}
        {check.remedy === "" ? null : <div>{check.remedy}</div>}
        {repair === "" || check.remedy === "" ? null : (
          <CopyText text={repair} what={`the command for ${check.what} ${check.region}`.trim()} />
        )}
      </div>
    </li>
  );
}
