import type { Schemas } from "../../api/schemas";
import { duration } from "../../format/durations";
import { AppLink } from "../../parts/AppLink";
import { type Groups, groupName } from "../use_groups";
import { ON_FAILURE, startOf, stepsOf } from "./waves";

/** The waves in words: what each waits for, launches and does when it fails. */
export function WaveList({
  waves,
  groups,
  selected = null,
}: {
  waves: readonly Schemas["Wave"][];
  groups: Groups | undefined;
  selected?: number | null;
}) {
  return (
    <ol className="rows plan-waves">
      {waves.map((wave) => (
        <li
          key={wave.number}
          className={wave.number === selected ? "row row-selected" : "row"}
          aria-current={wave.number === selected ? "true" : undefined}
        >
          <span className="wave-number figures">{wave.number}</span>
          <div className="row-main">
            <strong>{wave.name}</strong> <span className="quiet">{startOf(wave)}</span>
            <div>
              {wave.protectionGroupIds.map((id, index) => (
                <span key={id}>
                  {index > 0 ? ", " : ""}
                  <AppLink to={`/groups/${id}`}>{groupName(groups, id)}</AppLink>
                </span>
              ))}
            </div>
          </div>
          <div className="quiet wave-rules">
            {wave.approvalRequired ? <div className="mark-attention">needs an approval</div> : null}
            <div>
              a failure {ON_FAILURE[wave.onFailure]}
              {wave.minSuccessPercent === null ? "" : ` (below ${wave.minSuccessPercent} %)`} · limit{" "}
              {duration(60 * wave.timeoutMinutes)}
            </div>
            {stepsOf(wave) === "" ? null : <div>{stepsOf(wave)}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}
