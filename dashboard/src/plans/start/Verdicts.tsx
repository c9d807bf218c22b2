import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ComponentProps } from "react";
import { Causes } from "../preflight/Causes";
import { VerdictTable } from "../preflight/VerdictTable";

type Props = ComponentProps<typeof VerdictTable> & ComponentProps<typeof Causes>;

/** The findings of the preflight by cause, and the verdict of each server. */
export default function Verdicts({ causes, ...table }: Props) {
  return (
    <SpaceBetween size="m">
      <Causes causes={causes} />
      <VerdictTable {...table} />
    </SpaceBetween>
  );
}
