import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { read } from "../api/client";
import type { ApiFailure } from "../api/failure";
import { useAddress } from "../lists/use_address";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { Resources, tookInWords, Verdict } from "./AuditTable";
import { nightLink } from "./audit_filter";
import { type Entry, MODES, operationInWords, readable, resultInWords, verdictOf, whoOf } from "./entries";

/** One entry with all its fields. The API has no read of one: it is looked for in its day. */
export default function EntryPage() {
  const { entryId = "" } = useParams();
  const [params] = useAddress();
  const day = params.get("day") ?? "";
  const entry = useQuery<Entry | null, ApiFailure>({
    queryKey: ["audit entry", entryId, day],
    queryFn: ({ signal }) => find(entryId, day, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const title =
    entry.data === null || entry.data === undefined ? "Entry" : operationInWords(entry.data.operation);
  return (
    <Page
      title={title}
      within="Audit log"
      actions={<AppButton to={`/audit?day=${day}`}>The log of this day</AppButton>}
    >
      <Loaded result={entry} what="The entry">
        {(data) =>
          data === null ? (
            <p role="status">
              The audit log of {day || "today"} has no entry {entryId}.
            </p>
          ) : (
            <Fields entry={data} />
          )
        }
      </Loaded>
    </Page>
  );
}

async function find(entryId: string, day: string, signal: AbortSignal): Promise<Entry | null> {
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: { items: Entry[]; nextCursor: string | null } = await read(
      "/audit-logs",
      { query: { day, limit: 100, ...(cursor === "" ? {} : { cursor }) } },
      signal,
    );
    const found = page.items.find((entry) => entry.entryId === entryId);
    if (found !== undefined) return found;
    cursor = page.nextCursor;
  }
  return null;
}

function Fields({ entry }: { entry: Entry }) {
  const who = whoOf(entry);
  return (
    <SpaceBetween size="l">
      <Container>
        <KeyValuePairs
          columns={3}
          minColumnWidth={190}
          items={[
            { label: "Time", value: <Time at={entry.at} withZone /> },
            {
              label: "Who",
              value: (
                <>
                  <AppLink to={nightLink(who.name, entry.at)}>{who.name}</AppLink>, {who.kind},{" "}
                  {who.isVerified ? "verified" : "declared, not verified"}
                </>
              ),
            },
            { label: "Operation", value: entry.operation },
            { label: "On what", value: <Resources ids={entry.resourceIds} /> },
            { label: "Permission", value: entry.permission },
            {
              label: "Verdict",
              value: (
                <>
                  <Verdict entry={entry} /> {verdictOf(entry).reason}
                </>
              ),
            },
            { label: "Result", value: resultInWords(entry) },
            { label: "Took", value: tookInWords(entry.durationMs) },
            { label: "From", value: `${MODES[entry.invocationMode]} ${entry.sourceIp}`.trim() },
            { label: "Served by", value: entry.side },
            { label: "Request", value: entry.requestId },
            { label: "Entry", value: entry.entryId },
            {
              label: "SHA-256 of the request",
              value: <span className="wrapped">{entry.requestSha256}</span>,
            },
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">Parameters</Header>}>
        <pre className="code-block">{readable(entry.parameters)}</pre>
      </Container>
      <Container header={<Header variant="h2">Principal</Header>}>
        <pre className="code-block">{JSON.stringify(entry.principal, null, 2)}</pre>
      </Container>
    </SpaceBetween>
  );
}
