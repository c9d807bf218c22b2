import Button from "@cloudscape-design/components/button";
import Pagination from "@cloudscape-design/components/pagination";
import { useState } from "react";
import type { Schemas } from "../../api/schemas";
import Table from "../../lists/Table";
import { Time } from "../../parts/Time";

type Version = Schemas["RecoveryPlan"];

interface Props {
  versions: readonly Version[];
  /** Compare a version with the one before it. */
  compare: (version: number) => void;
}

const PAGE = 10;

const COLUMNS = [
  { id: "version", header: "Version", isRowHeader: true, cell: ({ version }: Version) => version },
  { id: "at", header: "Saved", cell: ({ updatedAt }: Version) => <Time at={updatedAt} /> },
  { id: "by", header: "By", cell: ({ updatedBy, createdBy }: Version) => updatedBy || createdBy },
  { id: "waves", header: "Waves", cell: ({ waves }: Version) => waves.length },
  { id: "name", header: "Name", cell: ({ name }: Version) => name },
];

/** The versions, newest first. */
export function VersionsTable({ versions, compare }: Props) {
  const [page, setPage] = useState(1);
  const pages = Math.max(1, Math.ceil(versions.length / PAGE));
  const changes = {
    id: "changes",
    header: "Changes",
    cell: ({ version }: Version) =>
      version === 1 ? (
        "Created"
      ) : (
        <Button variant="inline-link" onClick={() => compare(version)}>
          Compare with version {version - 1}
        </Button>
      ),
  };
  return (
    <Table
      items={versions.slice((page - 1) * PAGE, page * PAGE)}
      trackBy={({ version }) => String(version)}
      columnDefinitions={[...COLUMNS, changes]}
      ariaLabels={{ tableLabel: "Versions of the plan" }}
      pagination={
        pages > 1 ? (
          <Pagination
            currentPageIndex={page}
            pagesCount={pages}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        ) : undefined
      }
    />
  );
}
