import type { ViewProps } from "../Views";

export default function JobsView({ detail }: ViewProps) {
  return <p>{detail.execution.status}</p>;
}
