import type { ViewProps } from "../Views";

export default function ReportView({ detail }: ViewProps) {
  return <p>{detail.execution.status}</p>;
}
