import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense, useState } from "react";
import { Choice } from "../lists/Choice";
import { CsvButton } from "../lists/CsvButton";
import { readAll } from "../lists/read_all";
import { SearchField } from "../lists/SearchField";
import { useAddress } from "../lists/use_address";
import { AppButton } from "../parts/AppButton";
import { lazyPart } from "../parts/lazy_part";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { PrintButton } from "../print/PrintButton";
import { AuditTable } from "./AuditTable";
import { type AuditFilter, filterOf, NO_FILTER, queryOf } from "./audit_filter";
import { AUDIT_COLUMNS, type Entry, MODES, VERDICTS } from "./entries";

const DayPicker = lazyPart(() => import("./DayPicker"));

/** Who did what, when, on what, and whether it was allowed. */
export default function AuditPage() {
  const [params] = useAddress();
  const filter = filterOf(params);
  const [printed, setPrinted] = useState<Entry[]>();
  const readRows = (arrived: (count: number) => void, signal?: AbortSignal) =>
    readAll(
      "/audit-logs",
      { query: { ...queryOf(filter), limit: 100 } },
      { arrived, ...(signal === undefined ? {} : { signal }) },
    );
  return (
    <Page
      title="Audit log"
      description={<Span filter={filter} />}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <AppButton to={`/audit/verify${filter.day === "" ? "" : `?day=${filter.day}`}`}>
            Verify the chain
          </AppButton>
          <CsvButton name="audit-log" columns={AUDIT_COLUMNS} readRows={readRows} />
          <PrintButton
            prepare={async (arrived) => setPrinted(await readRows(arrived))}
            done={() => setPrinted(undefined)}
          />
        </SpaceBetween>
      }
    >
      <SpaceBetween size="m">
        <Filters filter={filter} />
        <AuditTable filter={filter} printed={printed} />
      </SpaceBetween>
    </Page>
  );
}

function Filters({ filter }: { filter: AuditFilter }) {
  const [, choose] = useAddress();
  return (
    <div className="filters">
      <SearchField
        label="Person or caller"
        value={filter.principal}
        onSearch={(principal) => choose({ principal })}
      />
      <Choice
        label="Mode of call"
        none="All modes"
        value={filter.invocationMode}
        options={Object.entries(MODES).map(([value, label]) => ({ value, label }))}
        onChoose={(invocationMode) => choose({ invocationMode })}
      />
      <SearchField
        label="Operation"
        value={filter.operation}
        onSearch={(operation) => choose({ operation: operation.toLowerCase().replaceAll(" ", "_") })}
      />
      <SearchField
        label="Id of a record"
        value={filter.resourceId}
        onSearch={(resourceId) => choose({ resourceId })}
      />
      <SearchField
        label="Id of a request"
        value={filter.requestId}
        onSearch={(requestId) => choose({ requestId })}
      />
      <Choice
        label="Verdict"
        none="All verdicts"
        value={filter.verdict}
        options={Object.entries(VERDICTS).map(([value, label]) => ({ value, label }))}
        onChoose={(verdict) => choose({ verdict })}
      />
      <Suspense fallback={<span />}>
        <DayPicker
          day={filter.day}
          onChoose={(day) => choose({ day, startedAfter: "", startedBefore: "" })}
        />
      </Suspense>
      {Object.values(filter).every((value) => value === "") ? null : (
        <Button onClick={() => choose(NO_FILTER)}>Clear the filter</Button>
      )}
    </div>
  );
}

function Span({ filter }: { filter: AuditFilter }) {
  if (filter.startedAfter !== "" && filter.startedBefore !== "") {
    return (
      <>
        From <Time at={filter.startedAfter} withZone /> to <Time at={filter.startedBefore} withZone />.
      </>
    );
  }
  return (
    <>{filter.day !== "" ? `${filter.day} in UTC.` : hasOther(filter) ? "All days." : "Today in UTC."}</>
  );
}

/** With any other filter the API looks at all days; without one, at today. */
function hasOther({ day: _, startedAfter: __, startedBefore: ___, ...others }: AuditFilter): boolean {
  return Object.values(others).some((value) => value !== "");
}
