import SpaceBetween from "@cloudscape-design/components/space-between";
import { Statement } from "../acts/Statement";
import type { Schemas } from "../api/schemas";
import { UsageBar } from "../capacity/UsageBar";
import { number } from "../format/numbers";
import { Nothing } from "../lists/Nothing";
import { PageTurner } from "../lists/PageTurner";
import Table from "../lists/Table";
import { useCursors } from "../lists/use_cursors";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { usePlaces } from "../places/use_places";
import { useUser, whyNot } from "../session/permissions";
import { StateMark } from "../states/StateMark";

/** The target accounts: where servers are protected and recovered. */
export default function AccountsPage() {
  const user = useUser();
  const { cursor, index, turn } = useCursors("accounts");
  const accounts = useRead(
    "/accounts/targets",
    { query: { limit: 50, ...(cursor === "" ? {} : { cursor }) } },
    { keepPrevious: true },
  );
  const places = new Map(usePlaces().data?.items.map((place) => [place.accountId, place]));
  const capacity = useRead("/accounts/capacity", {});
  const usages = new Map(capacity.data?.accounts.map((account) => [account.accountId, account.usages]));
  const reason = whyNot(user, "POST /accounts/targets");
  const register = (
    <AppButton to="/accounts/new" variant="primary" disabled={reason !== ""} disabledReason={reason}>
      Register an account
    </AppButton>
  );
  return (
    <Page
      title="Accounts"
      description="AWS accounts whose servers are protected by DRS."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <AppButton to="/capacity">Capacity</AppButton>
          {register}
        </SpaceBetween>
      }
    >
      <SpaceBetween size="m">
        <Statement />
        <Loaded result={accounts} what="The accounts">
          {(page) => (
            <Table
              items={page.items}
              trackBy="accountId"
              contentDensity="compact"
              wrapLines
              enableKeyboardNavigation
              ariaLabels={{ tableLabel: "Target accounts" }}
              pagination={<PageTurner index={index} nextCursor={page.nextCursor} turn={turn} />}
              columnDefinitions={[
                {
                  id: "name",
                  header: "Name",
                  isRowHeader: true,
                  cell: ({ accountId, name }) => <AppLink to={`/accounts/${accountId}`}>{name}</AppLink>,
                },
                {
                  id: "id",
                  header: "Account",
                  cell: ({ accountId }) => <span className="number">{accountId}</span>,
                },
                {
                  id: "regions",
                  header: "Regions",
                  cell: (account) => <Regions account={account} place={places.get(account.accountId)} />,
                },
                {
                  id: "servers",
                  header: "Servers",
                  cell: ({ accountId }) => {
                    const place = places.get(accountId);
                    return place === undefined ? "Not known" : number(place.serverCount);
                  },
                },
                {
                  id: "capacity",
                  header: "Capacity",
                  cell: ({ accountId }) => (
                    <>
                      {(usages.get(accountId) ?? []).map((usage) => (
                        <UsageBar key={usage.quota} usage={usage} />
                      ))}
                    </>
                  ),
                },
              ]}
              empty={
                <Nothing next={register}>
                  No account is registered yet. The platform cannot recover anything before one is.
                </Nothing>
              }
            />
          )}
        </Loaded>
      </SpaceBetween>
    </Page>
  );
}

function Regions({
  account,
  place,
}: {
  account: Schemas["AccountView"];
  place: Schemas["DrsAccount"] | undefined;
}) {
  const known = new Map(place?.regions.map((region) => [region.region, region]));
  const all = [...new Set([...account.regions, ...known.keys()])].sort();
  if (all.length === 0) return <>All in which DRS is on</>;
  return (
    <>
      {all.map((name) => {
        const state = known.get(name)?.state ?? null;
        return (
          <div key={name}>
            {name}{" "}
            {state === null ? (
              <span className="quiet">not read yet</span>
            ) : (
              <StateMark kind="region" value={state} />
            )}
          </div>
        );
      })}
    </>
  );
}
