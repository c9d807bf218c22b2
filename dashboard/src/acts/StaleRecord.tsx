import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { Time } from "../parts/Time";

interface Props {
  /** The record as somebody else has saved it. */
  theirs: { version: number; updatedAt: string | null; updatedBy: string };
  /** What they have changed, in sentences. */
  children?: ReactNode;
  onTake: () => void;
  onKeep: () => void;
}

/** Somebody has saved the record in between. What was typed stays, until its owner decides. */
export function StaleRecord({ theirs, children, onTake, onKeep }: Props) {
  return (
    <div role="alert">
      <Alert
        type="warning"
        header={`${theirs.updatedBy || "Somebody"} saved version ${theirs.version} while you were editing`}
        action={
          <SpaceBetween size="xs">
            <Button onClick={onKeep}>Put mine on top</Button>
            <Button onClick={onTake}>Discard mine</Button>
          </SpaceBetween>
        }
      >
        {theirs.updatedAt === null ? null : (
          <p className="sentence">
            Saved at <Time at={theirs.updatedAt} withZone />. Nothing of yours is saved yet, and nothing that
            you typed is lost.
          </p>
        )}
        {children}
      </Alert>
    </div>
  );
}
