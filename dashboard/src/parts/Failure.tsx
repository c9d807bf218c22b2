import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { ApiFailure } from "../api/failure";
import { Time } from "./Time";

interface Props {
  failure: ApiFailure;
  /** What is missing because of it: "The executions". */
  what: string;
  retry?: () => void;
}

/** A part that could not be read: the API's sentence, how to try again, and what support asks for. */
export function Failure({ failure, what, retry }: Props) {
  return (
    <Alert
      type={failure.code === "NotPermitted" ? "info" : "error"}
      header={failure.code === "NotPermitted" ? `${what}: not for your role` : `${what} could not be read`}
      action={retry === undefined ? undefined : <Button onClick={retry}>Try again</Button>}
    >
      <SpaceBetween size="xxs">
        <span>{failure.message}</span>
        <FailureFacts failure={failure} />
      </SpaceBetween>
    </Alert>
  );
}

export function FailureFacts({ failure }: { failure: ApiFailure }) {
  const [copied, setCopied] = useState(false);
  const facts = [failure.code, failure.requestId && `request ${failure.requestId}`]
    .filter(Boolean)
    .join(" · ");
  const copy = () => {
    const text = `${failure.message}\n${facts}\n${failure.at.toISOString()}`;
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <span className="quiet">
      {facts} · <Time at={failure.at} withZone />{" "}
      <Button
        variant="inline-link"
        onClick={copy}
        ariaLabel={`${copied ? "Copied" : "Copy"}: the details for support`}
      >
        {copied ? "Copied" : "Copy"}
      </Button>
    </span>
  );
}
