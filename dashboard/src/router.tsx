import { createBrowserRouter, Navigate, type RouteObject, redirect } from "react-router";
import { BrokenPage } from "./frame/BrokenPage";
import { NotFoundPage } from "./frame/NotFoundPage";

const nothing = () => null;

/** A page that is fetched when it is first opened. */
const page = (
  load: () => Promise<{ default: React.ComponentType }>,
): Pick<RouteObject, "lazy" | "HydrateFallback"> => ({
  HydrateFallback: nothing,
  lazy: async () => ({ Component: (await load()).default }),
});

/** One line for each page; each is a file of its own that is fetched when it is opened. */
const PAGES: RouteObject[] = [
  { index: true, ...page(() => import("./home/HomePage")) },
  { path: "executions", ...page(() => import("./executions/ExecutionsPage")) },
  { path: "executions/:executionId", ...page(() => import("./execution/ExecutionPage")) },
  { path: "groups", ...page(() => import("./groups/GroupsPage")) },
  { path: "groups/new", ...page(() => import("./groups/NewGroupPage")) },
  { path: "groups/:groupId", ...page(() => import("./groups/GroupPage")) },
  { path: "groups/:groupId/edit", ...page(() => import("./groups/EditGroupPage")) },
  { path: "servers", ...page(() => import("./servers/ServersPage")) },
  { path: "servers/:serverId", ...page(() => import("./servers/ServerPage")) },
  { path: "accounts", ...page(() => import("./accounts/AccountsPage")) },
  { path: "accounts/new", ...page(() => import("./accounts/NewAccountPage")) },
  { path: "accounts/:accountId", ...page(() => import("./accounts/AccountPage")) },
  { path: "accounts/:accountId/edit", ...page(() => import("./accounts/EditAccountPage")) },
  { path: "audit", ...page(() => import("./audit/AuditPage")) },
  { path: "audit/verify", ...page(() => import("./audit/VerifyPage")) },
  { path: "audit/:entryId", ...page(() => import("./audit/EntryPage")) },
  { path: "capacity", ...page(() => import("./capacity/CapacityPage")) },
  { path: "settings", element: <Navigate to="/settings/tag-sync" replace /> },
  { path: "settings/defaults", ...page(() => import("./settings/DefaultsPage")) },
  { path: "settings/outgoing-hosts", ...page(() => import("./settings/OutgoingHostsPage")) },
  { path: "settings/retention", ...page(() => import("./settings/RetentionPage")) },
  { path: "settings/syncs", ...page(() => import("./syncs/SyncsPage")) },
  { path: "settings/transfer", ...page(() => import("./transfer/TransferPage")) },
  { path: "settings/tag-sync", ...page(() => import("./settings/TagSyncPage")) },
  { path: "plans", ...page(() => import("./plans/list/PlansPage")) },
  { path: "plans/new", ...page(() => import("./plans/editor/EditorPage")) },
  { path: "plans/:planId", ...page(() => import("./plans/plan/PlanPage")) },
  {
    path: "plans/:planId/versions",
    loader: ({ params, request }) =>
      redirect(`/plans/${params["planId"]}?tab=versions&${new URL(request.url).searchParams}`),
  },
  { path: "plans/:planId/edit", ...page(() => import("./plans/editor/EditorPage")) },
  { path: "plans/:planId/preflight", ...page(() => import("./plans/preflight/PreflightPage")) },
  { path: "plans/:planId/start", ...page(() => import("./plans/start/StartPage")) },
];

/** The frame is around every page but the sign-in page: it says whether the API answers, and what waits for a person. */
export const ROUTES: RouteObject[] = [
  { path: "/signin", errorElement: <BrokenPage />, ...page(() => import("./session/SignInPage")) },
  {
    path: "/",
    errorElement: <BrokenPage />,
    ...page(() => import("./frame/Frame")),
    children: [
      {
        errorElement: <BrokenPage />,
        children: [...PAGES, { path: "*", element: <NotFoundPage /> }],
      },
    ],
  },
];

export function makeRouter() {
  return createBrowserRouter(ROUTES);
}
