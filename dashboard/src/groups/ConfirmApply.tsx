import { Confirmation } from "../acts/Confirmation";
import type { Schemas } from "../api/schemas";
import { counted, number } from "../format/numbers";
import { labelOf } from "../launch/fields";

interface Props {
  servers: readonly Schemas["ServerLaunchSettings"][];
  onLeave: () => void;
  onConfirm: () => void;
}

/** Says what applying overwrites before it is done. */
export function ConfirmApply({ servers, onLeave, onConfirm }: Props) {
  const drifted = servers.filter(({ drift }) => drift.length > 0);
  return (
    <Confirmation
      title={`Apply to ${counted(servers.length, "server")}?`}
      safe="Back"
      dangerous={`Apply to ${number(servers.length)}`}
      underWay="Applying"
      isPending={false}
      failure={null}
      onLeave={onLeave}
      onConfirm={servers.length === 0 ? onLeave : onConfirm}
    >
      <p className="sentence">
        Each gets a new default version of its launch template; settings that are not managed here stay.
      </p>
      {drifted.length === 0 ? null : (
        <>
          <p className="sentence">
            {counted(drifted.length, "server")} {drifted.length === 1 ? "was" : "were"} changed outside since;
            these fields are overwritten:
          </p>
          <ul className="sentences">
            {drifted.slice(0, 20).flatMap(({ hostname, sourceServerId, drift }) =>
              drift.map(({ field, found, wanted }) => (
                <li key={`${sourceServerId} ${field}`}>
                  {hostname || sourceServerId}, {labelOf(field)}: {found || "nothing"} becomes{" "}
                  {wanted || "nothing"}
                </li>
              )),
            )}
          </ul>
        </>
      )}
    </Confirmation>
  );
}
