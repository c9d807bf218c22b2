import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { pageTitle } from "../frame/page_title";

interface Props {
  /** The h1, and the first part of the tab's title. */
  title: string;
  /** Where it belongs, for the tab's title: "Executions". */
  within?: string;
  /** In place of the title as text, beside the h1's own name: badges, a state. */
  heading?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** Whether a page was shown since the load. The first one, also after a reload, begins where every document begins. */
let hasLanded = false;

/** The body of every page: one h1, which gets the focus when the page was reached by a link, and the tab's title. */
export function Page({ title, within = "", heading, description, actions, children }: Props) {
  const head = useRef<HTMLDivElement>(null);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path is another page
  useEffect(() => {
    if (hasLanded) head.current?.focus({ preventScroll: true });
    hasLanded = true;
  }, [pathname]);
  useEffect(() => {
    pageTitle.set(within === "" ? title : `${title} · ${within}`);
  }, [title, within]);
  return (
    <SpaceBetween size="l">
      <div ref={head} tabIndex={-1} className="page-head">
        <Header variant="h1" description={description} actions={actions}>
          {heading ?? title}
        </Header>
      </div>
      {children}
    </SpaceBetween>
  );
}
