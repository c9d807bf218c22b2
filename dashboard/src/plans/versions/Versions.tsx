import type { Schemas } from "../../api/schemas";
export default function Versions(_: { plan: Schemas["PlanDetail"] }) {
  return null;
}
