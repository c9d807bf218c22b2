import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useParams } from "react-router";
import { useAddress } from "../lists/use_address";
import { LIST, ONCE } from "../live/pace";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { RecoveryPoints } from "./RecoveryPoints";
import { ServerFacts } from "./ServerFacts";
import { ServerGroups } from "./ServerGroups";
import { ServerInstances } from "./ServerInstances";
import { ServerReadiness } from "./ServerReadiness";

/** One source server: what the last sync saw, or what DRS says now. */
export default function ServerPage() {
  const { serverId = "" } = useParams();
  const [params, choose] = useAddress();
  const isLive = params.get("live") === "true";
  const detail = useRead(
    "/drs/source-servers/{serverId}",
    { path: { serverId }, query: isLive ? { live: true } : {} },
    { pace: isLive ? ONCE : LIST },
  );
  const hostname = detail.data?.server.hostname;
  return (
    <Page
      title={hostname ?? serverId}
      within="Servers"
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <AppButton to="/servers">All servers</AppButton>
          {isLive ? <Button onClick={() => choose({ live: "" })}>Show the inventory</Button> : null}
          <Button
            loading={isLive && detail.isFetching}
            loadingText="Asking DRS"
            onClick={() => (isLive ? void detail.refetch() : choose({ live: "true" }))}
          >
            Ask DRS now
          </Button>
        </SpaceBetween>
      }
    >
      <Loaded result={detail} what="The server">
        {({ server, expectedLaunch, findings, readiness, live }) => (
          <SpaceBetween size="l">
            <ServerFacts server={server} expected={expectedLaunch} isLive={live} />
            <ServerReadiness readiness={readiness} findings={findings} />
            <RecoveryPoints server={server} />
            <ServerGroups serverId={serverId} />
            <ServerInstances serverId={serverId} />
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}
