import { useNavigate } from "react-router";
import { Confirmation } from "../acts/Confirmation";
import { statement } from "../acts/statements";
import { useAct } from "../live/use_act";
import type { Group } from "./group_draft";

/** Deletes the version of the group that is shown, when its name has been typed. */
export function DeleteGroup({ group, onLeave }: { group: Group; onLeave: () => void }) {
  const navigate = useNavigate();
  const remove = useAct("delete", "/protection-groups/{groupId}", [
    "/protection-groups",
    "/drs/source-servers",
  ]);
  return (
    <Confirmation
      title={`Delete the group ${group.name}?`}
      toType={group.name}
      safe="Keep"
      dangerous="Delete group"
      underWay="Deleting"
      isPending={remove.isPending}
      failure={remove.error}
      onLeave={onLeave}
      onConfirm={() =>
        remove.mutate(
          { path: { groupId: group.groupId }, query: { version: group.version } },
          {
            onSuccess: ({ name }) => {
              statement.set(`The group ${name} was deleted.`);
              navigate("/groups");
            },
          },
        )
      }
    >
      Its launch settings go with it. Its servers stay as they are in DRS and AWS, and past executions stay
      readable. A group that a plan uses cannot be deleted.
    </Confirmation>
  );
}
