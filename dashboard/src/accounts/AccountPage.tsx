import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useParams } from "react-router";
import { Statement } from "../acts/Statement";
import type { Schemas } from "../api/schemas";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { useUser, whyNot } from "../session/permissions";
import { RegionStates } from "./RegionStates";
import { RemoveAccount } from "./RemoveAccount";
import { StagingAccounts } from "./StagingAccounts";
import { Validation } from "./Validation";

/** One target account: whether it can be used, its Regions and staging accounts. */
export default function AccountPage() {
  const { accountId = "" } = useParams();
  const account = useRead("/accounts/targets/{accountId}", { path: { accountId } });
  return (
    <Page
      title={account.data?.name ?? accountId}
      within="Accounts"
      description={<span className="number">{accountId}</span>}
      actions={account.data === undefined ? null : <Actions account={account.data} />}
    >
      <SpaceBetween size="l">
        <Statement />
        <Loaded result={account} what="The account">
          {(data) => (
            <SpaceBetween size="l">
              <Facts account={data} />
              <Validation accountId={accountId} />
              <RegionStates accountId={accountId} />
              <StagingAccounts accountId={accountId} />
            </SpaceBetween>
          )}
        </Loaded>
      </SpaceBetween>
    </Page>
  );
}

function Actions({ account }: { account: Schemas["AccountView"] }) {
  const user = useUser();
  const [isAsking, setAsking] = useState(false);
  const mayRemove = whyNot(user, "DELETE /accounts/targets/{accountId}");
  const mayEdit = whyNot(user, "PUT /accounts/targets/{accountId}");
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={mayRemove !== ""} disabledReason={mayRemove} onClick={() => setAsking(true)}>
        Remove …
      </Button>
      <AppButton
        to={`/accounts/${account.accountId}/edit`}
        variant="primary"
        disabled={mayEdit !== ""}
        disabledReason={mayEdit}
      >
        Edit
      </AppButton>
      {isAsking ? <RemoveAccount account={account} onLeave={() => setAsking(false)} /> : null}
    </SpaceBetween>
  );
}

function Facts({ account }: { account: Schemas["AccountView"] }) {
  return (
    <Container header={<Header variant="h2">Registration</Header>}>
      <KeyValuePairs
        columns={3}
        minColumnWidth={190}
        items={[
          { label: "Read role", value: account.readRoleArn || "The platform's own role" },
          { label: "Operate role", value: account.operateRoleArn || "The platform's own role" },
          { label: "External id", value: account.hasExternalId ? "Given; it is never shown" : "None" },
          {
            label: "Regions",
            value: account.regions.length === 0 ? "All in which DRS is on" : account.regions.join(", "),
          },
          {
            label: `Version ${account.version}`,
            value:
              account.updatedAt === null ? (
                "Not changed since it was registered"
              ) : (
                <>
                  <Time at={account.updatedAt} /> <span className="quiet">by {account.updatedBy}</span>
                </>
              ),
          },
          {
            label: "Servers",
            value: <AppLink to={`/servers?accountId=${account.accountId}`}>Servers of this account</AppLink>,
          },
        ]}
      />
    </Container>
  );
}
