import { useState } from "react";
import { useNavigate } from "react-router";
import { ActFailure } from "../acts/ActFailure";
import { statement } from "../acts/statements";
import { newKey } from "../api/client";
import { useAddress } from "../lists/use_address";
import { useAct } from "../live/use_act";
import { useUser, whyNever, whyNot } from "../session/permissions";
import { GroupWizard } from "./GroupWizard";
import { contentOf, type GroupDraft, NEW_GROUP } from "./group_draft";
import { useUnsaved } from "./use_unsaved";
import { WizardPage } from "./WizardPage";

/** A new protection group, by tags or by a list of servers. */
export default function NewGroupPage() {
  const user = useUser();
  const navigate = useNavigate();
  const [params] = useAddress();
  const [draft, setDraft] = useState<GroupDraft>({ ...NEW_GROUP, name: params.get("name") ?? "" });
  const [key] = useState(newKey);
  const create = useAct("post", "/protection-groups", ["/protection-groups", "/drs/source-servers"]);
  const unsaved = useUnsaved(JSON.stringify(draft) !== JSON.stringify(NEW_GROUP) && !create.isSuccess);
  const reason = whyNever(user, "POST /protection-groups");
  const save = () => {
    const { accountId, region } = draft;
    create.mutate(
      { body: { accountId, region, ...contentOf(draft) }, key },
      {
        onSuccess: ({ groupId, name }) => {
          statement.set(`The group ${name} was made.`);
          unsaved.leave();
          navigate(`/groups/${groupId}`);
        },
      },
    );
  };
  return (
    <WizardPage title="Make a protection group">
      {unsaved.question}
      {user !== undefined && reason !== "" ? (
        <p role="status">{reason}</p>
      ) : (
        <GroupWizard
          draft={draft}
          onChange={setDraft}
          submitText="Make the group"
          isPending={create.isPending}
          whyNot={whyNot(user, "POST /protection-groups")}
          notices={<ActFailure failure={create.error} />}
          onSubmit={save}
          onCancel={() => navigate("/groups")}
        />
      )}
    </WizardPage>
  );
}
