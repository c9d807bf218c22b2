import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { useQuery } from "@tanstack/react-query";
import { readAll } from "../lists/read_all";
import { PickServers } from "./PickServers";
import { PickTags } from "./PickTags";
import { Preview } from "./Preview";
import type { StepProps } from "./steps";

/** Which servers belong to it: by tags, live, or one by one. What is chosen is shown with what it matches now. */
export default function SelectionStep(props: StepProps) {
  const { draft, change } = props;
  const { accountId, region } = draft;
  const known = useQuery({
    queryKey: ["servers of a place", accountId, region],
    queryFn: ({ signal }) =>
      readAll("/drs/source-servers", { query: { accountId, region, limit: 1_000 } }, { signal }),
    enabled: accountId !== "",
    staleTime: 60_000,
  });
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Servers</Header>}>
        <SpaceBetween size="l">
          <Tiles
            ariaLabel="How servers are selected"
            value={draft.by}
            onChange={({ detail }) => change({ by: detail.value === "servers" ? "servers" : "tags" })}
            items={[
              {
                value: "tags",
                label: "By tags",
                description: "Servers that get the tags later belong to it, too. Each run looks again.",
              },
              { value: "servers", label: "One by one", description: "These servers and no others." },
            ]}
          />
          {draft.by === "tags" ? (
            <PickTags tags={draft.tags} servers={known.data ?? []} onChange={(tags) => change({ tags })} />
          ) : (
            <PickServers
              servers={known.data}
              problem={known.error?.message ?? ""}
              draft={draft}
              groupId={props.groupId}
              change={change}
            />
          )}
        </SpaceBetween>
      </Container>
      <Preview {...props} />
    </SpaceBetween>
  );
}
