import type { Schemas } from "../api/schemas";
import type { Pace } from "../live/pace";
import { type ReadResult, useRead } from "../live/use_read";

export type Dashboard = Schemas["DashboardData"];
export type Decision = Schemas["DecisionToMake"];

const BUSY: Pace = { visible: 5, hidden: 15 };
const QUIET: Pace = { visible: 30, hidden: 60 };

/** What waits, what runs and how the estate is: the attention bar and Home share it. */
export function useDashboard(): ReadResult<Dashboard> {
  return useRead("/dashboard", {}, { pace: paceOf });
}

export function paceOf(data: Dashboard | undefined): Pace {
  const isBusy = waitingIn(data).length > 0 || runningIn(data).length > 0;
  return isBusy ? BUSY : QUIET;
}

export function waitingIn(data: Dashboard | undefined): readonly Decision[] {
  return data?.decisions.data?.items ?? [];
}

export function runningIn(data: Dashboard | undefined): readonly Schemas["Execution"][] {
  return data?.running.data?.items ?? [];
}
