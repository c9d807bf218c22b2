import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";

/** The protection groups that hold the server, with its launch settings a step further. */
export function ServerGroups({ serverId }: { serverId: string }) {
  const found = useRead("/drs/source-servers", { query: { q: serverId, limit: 1 } });
  return (
    <Container header={<Header variant="h2">Protection group</Header>}>
      <Loaded result={found} what="The groups of the server">
        {({ items }) => {
          const groups = items.find(({ sourceServerId }) => sourceServerId === serverId)?.groups ?? [];
          if (groups.length === 0) {
            return (
              <>
                <p className="sentence">No group holds this server, so that no plan recovers it.</p>
                <AppButton to="/groups/new">Make a group</AppButton>
              </>
            );
          }
          return (
            <ul className="plain-list">
              {groups.map(({ groupId, name }) => (
                <li key={groupId}>
                  <AppLink to={`/groups/${groupId}`}>{name}</AppLink> ·{" "}
                  <AppLink to={`/groups/${groupId}?tab=settings&server=${serverId}`}>
                    its launch settings there
                  </AppLink>{" "}
                  · <AppLink to={`/groups/${groupId}?tab=used-by`}>plans that use it</AppLink>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Container>
  );
}
