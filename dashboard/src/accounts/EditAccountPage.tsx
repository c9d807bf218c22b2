import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { ActFailure } from "../acts/ActFailure";
import { StaleRecord } from "../acts/StaleRecord";
import { statement } from "../acts/statements";
import type { Schemas } from "../api/schemas";
import { useUnsaved } from "../groups/use_unsaved";
import { useAct } from "../live/use_act";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { useUser, whyNot } from "../session/permissions";
import { AccountForm } from "./AccountForm";
import { changesOf, contentOf, draftOf, problemsOf } from "./account_draft";

/** Changes the name, the roles or the Regions of an account. */
export default function EditAccountPage() {
  const { accountId = "" } = useParams();
  const account = useRead("/accounts/targets/{accountId}", { path: { accountId } });
  return (
    <Page title={`Edit ${account.data?.name ?? accountId}`} within="Accounts">
      <Loaded result={account} what="The account">
        {(data) => <Editor current={data} />}
      </Loaded>
    </Page>
  );
}

function Editor({ current }: { current: Schemas["AccountView"] }) {
  const { accountId } = current;
  const user = useUser();
  const navigate = useNavigate();
  const [base, setBase] = useState(current);
  const [draft, setDraft] = useState(() => draftOf(current));
  const update = useAct("put", "/accounts/targets/{accountId}", [
    "/accounts/targets",
    "/accounts/targets/{accountId}",
  ]);
  const unsaved = useUnsaved(JSON.stringify(draft) !== JSON.stringify(draftOf(base)) && !update.isSuccess);
  const problems = problemsOf(draft);
  const reason = whyNot(user, "PUT /accounts/targets/{accountId}");
  const isStale = current.version > base.version;
  const takeBase = () => {
    setBase(current);
    update.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (Object.keys(problems).length > 0 || reason !== "" || isStale || update.isPending) return;
    update.mutate(
      { path: { accountId }, body: { ...contentOf(draft), version: base.version } as never },
      {
        onSuccess: ({ name, version }) => {
          statement.set(`The account ${name} was saved as version ${version}. Validate it again.`);
          unsaved.leave();
          navigate(`/accounts/${accountId}`);
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      {unsaved.question}
      <SpaceBetween size="l">
        {isStale ? (
          <StaleRecord
            theirs={current}
            onKeep={takeBase}
            onTake={() => {
              setDraft(draftOf(current));
              takeBase();
            }}
          >
            <ul className="sentences">
              {changesOf(draftOf(base), draftOf(current)).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </StaleRecord>
        ) : (
          <ActFailure failure={update.error} />
        )}
        <AccountForm
          draft={draft}
          onChange={setDraft}
          problems={problems}
          isNew={false}
          hasExternalId={base.hasExternalId}
        />
        <SpaceBetween direction="horizontal" size="xs">
          <AppButton to={`/accounts/${accountId}`}>Leave as it is</AppButton>
          <Button
            variant="primary"
            formAction="submit"
            disabled={reason !== "" || isStale}
            disabledReason={reason || "Decide first which content counts: see above."}
            loading={update.isPending}
            loadingText="Saving"
          >
            Save
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    </form>
  );
}
