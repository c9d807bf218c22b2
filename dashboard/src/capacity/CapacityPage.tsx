import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/schemas";
import { counted, number } from "../format/numbers";
import { Nothing } from "../lists/Nothing";
import Table from "../lists/Table";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { StateMark } from "../states/StateMark";
import { UsageBar } from "./UsageBar";

type Detail = Schemas["CapacityDetail"];

/** How much of DRS's quotas is used, by account and Region; accounts nearest to a limit first. */
export default function CapacityPage() {
  const combined = useRead("/accounts/capacity", {});
  return (
    <Page
      title="Capacity"
      within="Accounts"
      description="DRS's quotas by account and Region. Those nearest to a limit come first."
      actions={<AppButton to="/accounts">Accounts</AppButton>}
    >
      <Loaded result={combined} what="The capacity">
        {({ accounts, usages }) => (
          <SpaceBetween size="l">
            {accounts.length === 0 ? (
              <Nothing next={<AppButton to="/accounts">Accounts</AppButton>}>
                No account is registered yet.
              </Nothing>
            ) : (
              <Container header={<Header variant="h2">All accounts</Header>}>
                <div className="usages">
                  {usages.map((usage) => (
                    <UsageBar key={usage.quota} usage={usage} />
                  ))}
                </div>
              </Container>
            )}
            {accounts.map((account) => (
              <Account key={account.accountId} account={account} />
            ))}
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}

function Account({ account }: { account: Schemas["AccountCapacity"] }) {
  const { accountId, name, asOf, unknownRegions } = account;
  const detail = useRead("/accounts/targets/{accountId}/capacity", { path: { accountId } });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              {asOf === null ? "Never counted." : <>As of {<Time at={asOf} withZone />}.</>}
              {unknownRegions === 0 ? "" : ` ${counted(unknownRegions, "Region")} could not be read.`}
            </>
          }
          info={
            <span className="small">
              <StateMark kind="capacity" value={account.level} />
            </span>
          }
        >
          <AppLink to={`/accounts/${accountId}`} fontSize="heading-m">
            {name} {accountId}
          </AppLink>
        </Header>
      }
    >
      <Loaded result={detail} what="The Regions">
        {(data) => (
          <SpaceBetween size="m">
            <Places places={data.places} />
            <Staging detail={data} />
          </SpaceBetween>
        )}
      </Loaded>
    </Container>
  );
}

const QUOTAS: readonly Schemas["QuotaName"][] = [
  "REPLICATING_SERVERS",
  "SOURCE_SERVERS",
  "JOBS_IN_PROGRESS",
  "SERVERS_IN_JOBS",
];
const HEADERS: Record<string, string> = {
  REPLICATING_SERVERS: "Replicating",
  SOURCE_SERVERS: "Source servers",
  JOBS_IN_PROGRESS: "Jobs",
  SERVERS_IN_JOBS: "Servers in jobs",
};

function Places({ places }: { places: Detail["places"] }) {
  const shown = QUOTAS.filter((quota) =>
    places.some(({ usages }) => usages.some((usage) => usage.quota === quota)),
  );
  return (
    <Table
      items={places}
      trackBy={({ accountId, region }) => `${accountId} ${region}`}
      variant="embedded"
      contentDensity="compact"
      wrapLines
      ariaLabels={{ tableLabel: "Capacity by Region" }}
      columnDefinitions={[
        {
          id: "region",
          header: "Region",
          isRowHeader: true,
          cell: ({ region, state, problems }) => (
            <>
              {region}
              {state === null || state === "ACTIVE" ? null : (
                <div>
                  <StateMark kind="region" value={state} />
                </div>
              )}
              {problems.map((problem) => (
                <div key={problem} className="mark-attention">
                  {problem}
                </div>
              ))}
            </>
          ),
        },
        ...shown.map((quota) => ({
          id: quota,
          header: HEADERS[quota],
          cell: ({ usages }: Detail["places"][number]) => {
            const usage = usages.find((each) => each.quota === quota);
            return usage === undefined ? "Not known" : <UsageBar usage={usage} withName={false} />;
          },
        })),
      ]}
      empty="No Region of this account has been read yet."
    />
  );
}

function Staging({ detail }: { detail: Detail }) {
  if (detail.staging.length === 0) return null;
  return (
    <div>
      <h3>With its staging accounts</h3>
      <div className="usages">
        {detail.withStaging.map((usage) => (
          <UsageBar key={usage.quota} usage={usage} />
        ))}
      </div>
      <ul className="sentences">
        {detail.staging.map(({ stagingAccountId, name, extendedServers, account }) => (
          <li key={stagingAccountId}>
            {name} {stagingAccountId}: {counted(extendedServers, "server")} extended
            {account === null
              ? "; not a registered account, so that its own quotas are not known"
              : `; ${account.usages.map(({ used, limit }) => `${number(used)} of ${number(limit)}`).join(", ")}`}
          </li>
        ))}
      </ul>
    </div>
  );
}
