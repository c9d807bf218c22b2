import type { Schemas } from "../api/schemas";
import type { Pace } from "../live/pace";
import { type ReadResult, useRead } from "../live/use_read";

export type Dashboard = Schemas["DashboardData"];
export type Decision = Schemas["DecisionToMake"];

/** So often that another person's act is seen within 5 seconds, and a lost connection within 10. */
export const DASHBOARD_PACE: Pace = { visible: 5, hidden: 15 };

/** What waits, what runs and how the estate is: the attention bar and Home share it. */
export function useDashboard(): ReadResult<Dashboard> {
  return useRead("/dashboard", {}, { pace: DASHBOARD_PACE });
}

export function waitingIn(data: Dashboard | undefined): readonly Decision[] {
  return data?.decisions.data?.items ?? [];
}

export function runningIn(data: Dashboard | undefined): readonly Schemas["Execution"][] {
  return data?.running.data?.items ?? [];
}
