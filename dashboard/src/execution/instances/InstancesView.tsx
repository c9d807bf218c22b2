import type { ViewProps } from "../Views";

export default function InstancesView({ detail }: ViewProps) {
  return <p>{detail.execution.status}</p>;
}
