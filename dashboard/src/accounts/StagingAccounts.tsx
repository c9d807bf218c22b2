import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ActFailure } from "../acts/ActFailure";
import Table from "../lists/Table";
import { useAct } from "../live/use_act";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { Time } from "../parts/Time";
import { useUser, whyNot } from "../session/permissions";
import { AddStagingAccount } from "./AddStagingAccount";
import { RemoveStagingAccount } from "./RemoveStagingAccount";
import { StagingCheck } from "./StagingCheck";
import { StagingSyncResult } from "./StagingSyncResult";

/** Accounts that only replicate, and whose servers are extended into this one. */
export function StagingAccounts({ accountId }: { accountId: string }) {
  const user = useUser();
  const [asked, setAsked] = useState("");
  const [checked, setChecked] = useState("");
  const accounts = useRead("/accounts/targets/{accountId}/staging-accounts", {
    path: { accountId },
    query: { limit: 100 },
  });
  const sync = useAct("post", "/accounts/targets/{accountId}/staging-accounts/sync", [
    "/accounts/targets/{accountId}/capacity",
    "/drs/source-servers",
  ]);
  const maySync = whyNot(user, "POST /accounts/targets/{accountId}/staging-accounts/sync");
  const mayRemove = whyNot(user, "DELETE /accounts/targets/{accountId}/staging-accounts/{stagingAccountId}");
  const mayCheck = whyNot(
    user,
    "POST /accounts/targets/{accountId}/staging-accounts/{stagingAccountId}/validate",
  );
  const hasNone = accounts.data?.items.length === 0;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Servers of these accounts are extended into this one, so that it can recover more than it replicates."
          actions={
            <Button
              disabled={maySync !== "" || hasNone}
              disabledReason={maySync || "There is no staging account to extend from."}
              loading={sync.isPending}
              loadingText="Extending"
              onClick={() => sync.mutate({ path: { accountId } })}
            >
              Extend now
            </Button>
          }
        >
          Staging accounts
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ActFailure failure={sync.error} />
        {sync.data === undefined ? null : <StagingSyncResult result={sync.data} />}
        <Loaded result={accounts} what="The staging accounts">
          {({ items }) => (
            <Table
              items={items}
              trackBy="stagingAccountId"
              variant="embedded"
              contentDensity="compact"
              ariaLabels={{ tableLabel: "Staging accounts" }}
              columnDefinitions={[
                {
                  id: "account",
                  header: "Account",
                  isRowHeader: true,
                  cell: ({ name, stagingAccountId }) => `${name} ${stagingAccountId}`.trim(),
                },
                {
                  id: "added",
                  header: "Added",
                  cell: ({ addedAt, addedBy }) => (
                    <>
                      <Time at={addedAt} /> <span className="quiet">by {addedBy}</span>
                    </>
                  ),
                },
                {
                  id: "acts",
                  header: "",
                  cell: ({ stagingAccountId }) => (
                    <SpaceBetween direction="horizontal" size="xs">
                      <Button
                        variant="inline-link"
                        disabled={mayCheck !== ""}
                        disabledReason={mayCheck}
                        ariaLabel={`Validate staging account ${stagingAccountId}`}
                        onClick={() => setChecked(stagingAccountId)}
                      >
                        Validate
                      </Button>
                      <Button
                        variant="inline-link"
                        disabled={mayRemove !== ""}
                        disabledReason={mayRemove}
                        ariaLabel={`Remove … ${stagingAccountId}`}
                        onClick={() => setAsked(stagingAccountId)}
                      >
                        Remove …
                      </Button>
                    </SpaceBetween>
                  ),
                },
              ]}
              empty="None. Servers that replicate into this account itself need none."
            />
          )}
        </Loaded>
        {checked === "" ? null : (
          <StagingCheck key={checked} accountId={accountId} stagingAccountId={checked} />
        )}
        <AddStagingAccount accountId={accountId} onCheck={setChecked} />
      </SpaceBetween>
      {asked === "" ? null : (
        <RemoveStagingAccount accountId={accountId} stagingAccountId={asked} onLeave={() => setAsked("")} />
      )}
    </Container>
  );
}
