import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { AccountName } from "../places/AccountName";
import { changesOf, type GroupDraft, reviewOf } from "./group_draft";
import type { StepProps } from "./steps";
import { usePreview } from "./use_preview";

/** The group in sentences; of one that exists also what changes. */
export default function ReviewStep({ draft, groupId, saved }: StepProps & { saved: GroupDraft | undefined }) {
  const preview = usePreview(draft, groupId);
  const changes = saved === undefined ? [] : changesOf(saved, draft);
  return (
    <Container header={<Header variant="h2">{draft.name.trim()}</Header>}>
      <p className="sentence">
        In <AccountName accountId={draft.accountId} />, {draft.region}.
      </p>
      <ul className="sentences">
        {reviewOf(draft, preview.data?.serverCount).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {saved === undefined ? null : (
        <>
          <h3>What changes</h3>
          {changes.length === 0 ? <p className="sentence">Nothing.</p> : null}
          <ul className="sentences">
            {changes.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </>
      )}
    </Container>
  );
}
