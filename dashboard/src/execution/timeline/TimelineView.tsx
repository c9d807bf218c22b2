import type { ViewProps } from "../Views";

export default function TimelineView({ detail }: ViewProps) {
  return <p>{detail.execution.status}</p>;
}
