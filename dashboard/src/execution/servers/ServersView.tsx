import type { ViewProps } from "../Views";

export default function ServersView({ detail }: ViewProps) {
  return <p>{detail.execution.status}</p>;
}
