import { useEffect } from "react";
import { ActFailure } from "../acts/ActFailure";
import type { Schemas } from "../api/schemas";
import { number } from "../format/numbers";
import { useAct } from "../live/use_act";
import { Bars } from "../parts/Waiting";
import type { Glyph } from "../states/families";
import { GlyphIcon } from "../states/GlyphIcon";
import { markOf } from "../states/marks";

const CHECKS: Record<Schemas["StagingCheck"], { word: string; family: string; glyph: Glyph }> = {
  OK: { word: "can be extended", family: "good", glyph: "check" },
  ACTION_NEEDED: { word: "something has to be done first", family: "failed", glyph: "cross" },
  NOT_CHECKED: { word: "not checked", family: "unknown", glyph: "question" },
};

/** Whether the servers of a staging account can be extended, by Region. It need not have been added. */
export function StagingCheck({
  accountId,
  stagingAccountId,
}: {
  accountId: string;
  stagingAccountId: string;
}) {
  const { mutate, data, error } = useAct(
    "post",
    "/accounts/targets/{accountId}/staging-accounts/{stagingAccountId}/validate",
    [],
  );
  useEffect(() => mutate({ path: { accountId, stagingAccountId } }), [mutate, accountId, stagingAccountId]);
  if (error !== null) return <ActFailure failure={error} />;
  if (data === undefined) return <Bars />;
  return (
    <div role="status">
      <h3>Validation of {stagingAccountId}</h3>
      <ul className="checklist">
        {data.regions.map((region) => (
          <RegionLine key={region.region} region={region} />
        ))}
      </ul>
      <p className="quiet sentence">{data.keys}</p>
    </div>
  );
}

function RegionLine({ region }: { region: Schemas["RegionCheck"] }) {
  const { word, family, glyph } = CHECKS[region.check];
  return (
    <li>
      <span className={`mark-${family}`}>
        <GlyphIcon glyph={glyph} />
      </span>
      <div>
        {region.region}: {word}; DRS {markOf("region", region.state).word.toLowerCase()}.{" "}
        {number(region.extended)} of {number(region.extensible)} extended.
        {region.reason === "" ? null : <div className="quiet">{region.reason}</div>}
        {region.remedy === "" ? null : <div>{region.remedy}</div>}
        {region.withDefaultKey.length === 0 ? null : (
          <div>Disks with the default key: {region.withDefaultKey.join(", ")}</div>
        )}
      </div>
    </li>
  );
}
