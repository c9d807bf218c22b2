import AppLayout from "@cloudscape-design/components/app-layout";
import SideNavigation from "@cloudscape-design/components/side-navigation";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { runningIn, useDashboard, waitingIn } from "../home/use_dashboard";
import { useFollow } from "../parts/use_follow";
import { useWide } from "../parts/use_narrow";
import { usePrintMarks } from "../print/use_print_marks";
import { HeaderSearch } from "../search/HeaderSearch";
import { EndedDialog } from "../session/EndedDialog";
import { useUser } from "../session/permissions";
import { useInstallation, useSessionState } from "../session/SessionContext";
import { AttentionBar } from "./AttentionBar";
import { Clock } from "./Clock";
import { ConnectionNotice } from "./ConnectionNotice";
import { ConnectionState } from "./ConnectionState";
import { DesktopNotices } from "./DesktopNotices";
import { NewVersion } from "./NewVersion";
import { ENTRIES } from "./navigation";
import { pageTitle, tabTitle } from "./page_title";
import { ShortcutsDialog } from "./ShortcutsDialog";
import { StageBadge } from "./StageBadge";
import { UserMenu } from "./UserMenu";
import { useShortcuts } from "./use_shortcuts";

/** Around every page: header, what waits for a person, navigation. */
export default function Frame() {
  const { phase } = useSessionState();
  const { pathname, search } = useLocation();
  if (phase === "signed-out") {
    return <Navigate to={`/signin?next=${encodeURIComponent(pathname + search)}`} replace />;
  }
  return <SignedIn />;
}

function SignedIn() {
  const { settings } = useInstallation();
  const [isHelping, setHelping] = useState(false);
  const help = useCallback(() => setHelping(true), []);
  useShortcuts(help);
  usePrintMarks();
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <div id="header">
        <header className="header awsui-context-top-navigation">
          <span className="product">
            <img src="/icon.svg" alt="" className="brand" />
            <span className="product-name">DR orchestration</span>
          </span>
          <StageBadge stage={settings.stage} />
          <HeaderSearch />
          <span className="header-space" />
          <Clock />
          <ConnectionState />
          <UserMenu onShortcuts={help} />
        </header>
        <NewVersion />
        <ConnectionNotice />
        <AttentionBar />
      </div>
      <TabTitle />
      <Layout />
      {isHelping ? <ShortcutsDialog onClose={() => setHelping(false)} /> : null}
      <DesktopNotices />
      <EndedDialog />
    </>
  );
}

function Layout() {
  // The width when the page was loaded says nothing about later: of a tab in the background it is 0, and the layout folds
  // its navigation by itself on a narrow page, or when a page is printed or magnified. So each width has a state of its own.
  const isWide = useWide();
  const [open, setOpen] = useState({ wide: true, narrow: false });
  return (
    <AppLayout
      headerSelector="#header"
      toolsHide
      navigation={<Navigation />}
      navigationOpen={isWide ? open.wide : open.narrow}
      navigationWidth={220}
      onNavigationChange={({ detail }) =>
        setOpen((before) => ({ ...before, [isWide ? "wide" : "narrow"]: detail.open }))
      }
      ariaLabels={{
        navigation: "Pages",
        navigationToggle: "Show the pages",
        navigationClose: "Hide the pages",
      }}
      content={
        <div id="content" tabIndex={-1}>
          <Outlet />
        </div>
      }
    />
  );
}

function Navigation() {
  const { pathname } = useLocation();
  const follow = useFollow();
  const user = useUser();
  const running = runningIn(useDashboard().data).length;
  const shown = ENTRIES.filter(
    ({ permission }) => permission === undefined || user?.permissions.includes(permission),
  );
  const active = shown.findLast(({ path }) => (path === "/" ? pathname === "/" : pathname.startsWith(path)));
  return (
    <SideNavigation
      activeHref={active?.path ?? ""}
      onFollow={follow}
      items={shown.map(({ path, text }) => ({
        type: "link",
        href: path,
        text: path === "/executions" && running > 0 ? `${text} (${running} running)` : text,
      }))}
    />
  );
}

/** The tab says what waits, also while another tab is in front. */
function TabTitle() {
  const page = useSyncExternalStore(pageTitle.follow, pageTitle.get);
  const waiting = waitingIn(useDashboard().data).length;
  useEffect(() => {
    document.title = tabTitle(page, waiting);
    document.getElementById("icon")?.setAttribute("href", waiting > 0 ? "/icon-waiting.svg" : "/icon.svg");
  }, [page, waiting]);
  return null;
}
