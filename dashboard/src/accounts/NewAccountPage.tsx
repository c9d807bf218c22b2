import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { ActFailure } from "../acts/ActFailure";
import { statement } from "../acts/statements";
import { useUnsaved } from "../groups/use_unsaved";
import { ONCE } from "../live/pace";
import { useAct } from "../live/use_act";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { useUser, whyNot } from "../session/permissions";
import { AccountForm } from "./AccountForm";
import { contentOf, NEW_ACCOUNT, problemsOf } from "./account_draft";
import { CopyText } from "./CopyText";
import { deployRoles } from "./repair";

/** Registers a target account; its roles come first. */
export default function NewAccountPage() {
  const user = useUser();
  const navigate = useNavigate();
  const hub = useRead("/accounts/current", {}, { pace: ONCE });
  const [draft, setDraft] = useState(NEW_ACCOUNT);
  const [isTried, setTried] = useState(false);
  const register = useAct("post", "/accounts/targets", ["/accounts/targets", "/drs/accounts"]);
  const unsaved = useUnsaved(JSON.stringify(draft) !== JSON.stringify(NEW_ACCOUNT) && !register.isSuccess);
  const problems = problemsOf(draft);
  const reason = whyNot(user, "POST /accounts/targets");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problems).length > 0 || reason !== "" || register.isPending) return;
    register.mutate(
      { body: { accountId: draft.accountId.trim(), ...contentOf(draft) } as never },
      {
        onSuccess: ({ accountId, name }) => {
          statement.set(`The account ${name} was registered. Validate it before you build on it.`);
          unsaved.leave();
          navigate(`/accounts/${accountId}`);
        },
      },
    );
  };
  return (
    <Page title="Register an account" within="Accounts">
      {unsaved.question}
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">1. Make the roles in the account</Header>}>
          <p className="sentence">
            Run this there, from a copy of the platform's repository. It prints no secret;{" "}
            <code>$external_id</code> is what you enter below.
          </p>
          <Loaded result={hub} what="The platform's account">
            {(data) => <CopyText text={deployRoles(data)} what="the command that makes the roles" />}
          </Loaded>
        </Container>
        <form onSubmit={submit}>
          <SpaceBetween size="l">
            <Header variant="h2">2. Register it</Header>
            <AccountForm
              draft={draft}
              onChange={setDraft}
              problems={isTried ? problems : {}}
              isNew
              hasExternalId={false}
            />
            <ActFailure failure={register.error} />
            <Button
              variant="primary"
              formAction="submit"
              disabled={reason !== ""}
              disabledReason={reason}
              loading={register.isPending}
              loadingText="Registering"
            >
              Register
            </Button>
          </SpaceBetween>
        </form>
      </SpaceBetween>
    </Page>
  );
}
