import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { Suspense, useState } from "react";
import { useParams } from "react-router";
import { Statement } from "../acts/Statement";
import type { Schemas } from "../api/schemas";
import { number } from "../format/numbers";
import { oneOf } from "../lists/address";
import { useAddress } from "../lists/use_address";
import { useCursors } from "../lists/use_cursors";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { Loaded } from "../parts/Loaded";
import { lazyPart } from "../parts/lazy_part";
import { MissingRecord } from "../parts/MissingRecord";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { Waiting } from "../parts/Waiting";
import { AccountName } from "../places/AccountName";
import { Tags } from "../servers/Tags";
import { useUser, whyNot } from "../session/permissions";
import { StateMark } from "../states/StateMark";
import { DeleteGroup } from "./DeleteGroup";
import { selectionInWords } from "./group_draft";
import { HistoryTab } from "./HistoryTab";
import { inUseBy } from "./in_use";
import { ServersTab } from "./ServersTab";
import { UsedByTab } from "./UsedByTab";
import { useUsingPlans } from "./use_using_plans";

const SettingsTab = lazyPart(() => import("./SettingsTab"));

/** One protection group. */
export default function GroupPage() {
  const { groupId = "" } = useParams();
  const [params, choose] = useAddress();
  const tab = oneOf(params.get("tab"), ["servers", "settings", "used-by", "history"] as const) ?? "servers";
  const { cursor, index, turn } = useCursors(groupId);
  const detail = useRead(
    "/protection-groups/{groupId}",
    { path: { groupId }, query: { limit: 50, ...(cursor === "" ? {} : { cursor }) } },
    { keepPrevious: true },
  );
  const plans = useUsingPlans(groupId);
  const inUse = inUseBy(plans.data ?? []);
  const group = detail.data?.group;
  return (
    <Page
      title={group?.name ?? "Protection group"}
      within="Protection groups"
      description={group?.description}
      actions={
        group === undefined ? null : (
          <Actions group={group} inUse={inUse} planCount={plans.data?.length ?? 0} />
        )
      }
    >
      <SpaceBetween size="l">
        <Statement />
        {inUse === "" ? null : (
          <p role="status" className="mark-attention sentence">
            {inUse}
          </p>
        )}
        <Loaded
          result={detail}
          what="The group"
          missing={<MissingRecord id={groupId} list="/groups" all="All groups" />}
        >
          {(data) => (
            <SpaceBetween size="l">
              <Facts detail={data} />
              <Tabs
                activeTabId={tab}
                ariaLabel="Parts of the group"
                onChange={({ detail: { activeTabId } }) =>
                  choose({ tab: activeTabId === "servers" ? "" : activeTabId })
                }
                tabs={[
                  {
                    id: "servers",
                    label: `Servers ${number(data.serverCount)}`,
                    content: <ServersTab detail={data} index={index} turn={turn} />,
                  },
                  {
                    id: "settings",
                    label: "Launch settings",
                    content:
                      tab === "settings" ? (
                        <Suspense fallback={<Waiting />}>
                          <SettingsTab group={data.group} inUse={inUse} />
                        </Suspense>
                      ) : null,
                  },
                  {
                    id: "used-by",
                    label: plans.data === undefined ? "Used by" : `Used by ${number(plans.data.length)}`,
                    content: <UsedByTab groupId={groupId} plans={plans} />,
                  },
                  {
                    id: "history",
                    label: "History",
                    content: tab === "history" ? <HistoryTab group={data.group} /> : null,
                  },
                ]}
              />
            </SpaceBetween>
          )}
        </Loaded>
      </SpaceBetween>
    </Page>
  );
}

function Actions({
  group,
  inUse,
  planCount,
}: {
  group: Schemas["ProtectionGroup"];
  inUse: string;
  planCount: number;
}) {
  const user = useUser();
  const [isAsking, setAsking] = useState(false);
  const mayEdit = whyNot(user, "PUT /protection-groups/{groupId}") || inUse;
  const usedBy = planCount === 0 ? "" : "A plan uses it. Take it out of the plan first: see Used by.";
  const mayDelete = whyNot(user, "DELETE /protection-groups/{groupId}") || inUse || usedBy;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={mayDelete !== ""} disabledReason={mayDelete} onClick={() => setAsking(true)}>
        Delete …
      </Button>
      <AppButton
        to={`/groups/${group.groupId}/edit`}
        variant="primary"
        disabled={mayEdit !== ""}
        disabledReason={mayEdit}
      >
        Edit
      </AppButton>
      {isAsking ? <DeleteGroup group={group} onLeave={() => setAsking(false)} /> : null}
    </SpaceBetween>
  );
}

function Facts({ detail }: { detail: Schemas["GroupDetail"] }) {
  const { group } = detail;
  const counts = { READY: detail.readyCount, DEGRADED: detail.degradedCount, BLOCKED: detail.blockedCount };
  return (
    <KeyValuePairs
      columns={4}
      minColumnWidth={190}
      items={[
        {
          label: "Place",
          value: (
            <>
              <AccountName accountId={group.accountId} />, <span className="whole">{group.region}</span>
            </>
          ),
        },
        {
          label: "Selection",
          value: group.sourceServerIds.length > 0 ? selectionInWords(group) : <Tags tags={group.tags} />,
        },
        {
          label: "Readiness",
          value: (
            <span className="facets">
              {Object.entries(counts).map(([value, count]) =>
                count === 0 ? null : (
                  <StateMark key={value} kind="readiness" value={value}>
                    {number(count)}
                  </StateMark>
                ),
              )}
            </span>
          ),
        },
        {
          label: `Version ${group.version}`,
          value: (
            <>
              <Time at={group.updatedAt} /> <span className="quiet">by {group.updatedBy}</span>
            </>
          ),
        },
      ]}
    />
  );
}
