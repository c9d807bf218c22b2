import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect } from "react";
import { pageTitle } from "../frame/page_title";

/** A page of steps: the h1 is that of the step, so that the page's own title is text above it. */
export function WizardPage({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    pageTitle.set(`${title} · Protection groups`);
  }, [title]);
  return (
    <SpaceBetween size="m">
      <p className="wizard-title">{title}</p>
      {children}
    </SpaceBetween>
  );
}
