import type { ViewProps } from "../Views";

export default function TimesView({ detail }: ViewProps) {
  return <p>{detail.execution.status}</p>;
}
