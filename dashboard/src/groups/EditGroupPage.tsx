import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { ActFailure } from "../acts/ActFailure";
import { StaleRecord } from "../acts/StaleRecord";
import { statement } from "../acts/statements";
import type { Schemas } from "../api/schemas";
import { useAct } from "../live/use_act";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { useUser, whyNever, whyNot } from "../session/permissions";
import { GroupWizard } from "./GroupWizard";
import { changesOf, contentOf, draftOf, type Group } from "./group_draft";
import { useUnsaved } from "./use_unsaved";
import { WizardPage } from "./WizardPage";

/** Changes a protection group. What somebody else saves meanwhile is shown, and never overwritten silently. */
export default function EditGroupPage() {
  const { groupId = "" } = useParams();
  const detail = useRead("/protection-groups/{groupId}", { path: { groupId }, query: { limit: 1 } });
  return (
    <WizardPage title={`Edit ${detail.data?.group.name ?? "the group"}`}>
      <Loaded result={detail} what="The group">
        {({ group }) => <Editor current={group} />}
      </Loaded>
    </WizardPage>
  );
}

function Editor({ current }: { current: Group }) {
  const { groupId } = current;
  const user = useUser();
  const navigate = useNavigate();
  const [base, setBase] = useState(current);
  const [draft, setDraft] = useState(() => draftOf(current));
  const update = useAct("put", "/protection-groups/{groupId}", [
    "/protection-groups",
    "/protection-groups/{groupId}",
    "/protection-groups/{groupId}/launch-settings",
    "/drs/source-servers",
  ]);
  const saved = draftOf(base);
  const unsaved = useUnsaved(JSON.stringify(draft) !== JSON.stringify(saved) && !update.isSuccess);
  const reason = whyNever(user, "PUT /protection-groups/{groupId}");
  const isStale = current.version > base.version;
  if (user !== undefined && reason !== "") return <p role="status">{reason}</p>;
  const save = () =>
    update.mutate(
      { path: { groupId }, body: { ...contentOf(draft), version: base.version } },
      {
        onSuccess: (after) => {
          statement.set(savedSentence(after));
          unsaved.leave();
          navigate(`/groups/${groupId}`);
        },
      },
    );
  return (
    <>
      {unsaved.question}
      <GroupWizard
        draft={draft}
        onChange={setDraft}
        saved={saved}
        groupId={groupId}
        submitText="Save the group"
        isPending={update.isPending}
        whyNot={
          whyNot(user, "PUT /protection-groups/{groupId}") ||
          (isStale ? "Decide first which version counts." : "")
        }
        onSubmit={save}
        onCancel={() => navigate(`/groups/${groupId}`)}
        notices={
          isStale ? (
            <StaleRecord
              theirs={current}
              onTake={() => {
                setBase(current);
                setDraft(draftOf(current));
                update.reset();
              }}
              onKeep={() => {
                setBase(current);
                update.reset();
              }}
            >
              <ul className="sentences">
                {changesOf(saved, draftOf(current)).map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            </StaleRecord>
          ) : (
            <ActFailure failure={update.error} />
          )
        }
      />
    </>
  );
}

function savedSentence({
  name,
  version,
  launchSettingsRemoved = [],
}: Schemas["UpdatedProtectionGroup"]): string {
  const removed = launchSettingsRemoved.length;
  const gone =
    removed === 0 ? "" : ` The own launch settings of ${removed} servers that left it were removed.`;
  return `The group ${name} was saved as version ${version}.${gone}`;
}
