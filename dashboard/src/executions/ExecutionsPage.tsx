import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense } from "react";
import { useSearchParams } from "react-router";
import { oneOf } from "../lists/address";
import { lazyPart } from "../parts/lazy_part";
import { Page } from "../parts/Page";
import { FilterBar, STATUSES } from "./FilterBar";
import { type Filters, filtersOf, withFilter } from "./filters";
import { History } from "./History";
import "../execution/execution.css";

const Grid = lazyPart(() => import("./grid/Grid"));

const VIEWS = ["history", "grid"] as const;

/** What has been run: as a history, or as a grid of plans and their last runs. Filters and view are in the URL. */
export default function ExecutionsPage() {
  const [search, setSearch] = useSearchParams();
  const filters = filtersOf(search, STATUSES);
  const view = oneOf(search.get("view"), VIEWS) ?? "history";
  const filter = (change: Partial<Filters>) =>
    setSearch((before) => withFilter(before, change), { replace: true });
  const show = (next: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (next === "grid") after.set("view", next);
        else after.delete("view");
        return after;
      },
      { replace: true },
    );
  const clear = () => setSearch(view === "grid" ? { view } : {}, { replace: true });
  return (
    <Page
      title="Executions"
      actions={
        <SegmentedControl
          label="View"
          selectedId={view}
          onChange={({ detail }) => show(detail.selectedId)}
          options={[
            { id: "history", text: "History" },
            { id: "grid", text: "Grid" },
          ]}
        />
      }
    >
      <SpaceBetween size="s">
        <FilterBar filters={filters} filter={filter} onClear={clear} withPerson={view === "history"} />
        {view === "grid" ? (
          <Suspense>
            <Grid filters={filters} />
          </Suspense>
        ) : (
          <History filters={filters} onClear={clear} />
        )}
      </SpaceBetween>
    </Page>
  );
}
