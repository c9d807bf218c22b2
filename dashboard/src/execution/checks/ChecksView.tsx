import type { ViewProps } from "../Views";

export default function ChecksView({ detail }: ViewProps) {
  return <p>{detail.execution.status}</p>;
}
