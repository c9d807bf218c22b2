import type { CallName } from "../session/permissions";

interface Known {
  hasAccount: boolean | undefined;
  hasGroup: boolean | undefined;
  hasPlan: boolean | undefined;
}

export interface FirstStep {
  name: string;
  does: string;
  to: string;
  call: CallName;
  isDone: boolean;
  /** The first that is not done. */
  isNext: boolean;
}

/** The steps of an installation that has no plan yet; null once it has one, or while that is not known. */
export function firstSteps({ hasAccount, hasGroup, hasPlan }: Known): FirstStep[] | null {
  if (hasPlan !== false) return null;
  const steps = [
    {
      name: "Connect an account",
      does: "The platform assumes two roles in each account whose servers it recovers.",
      to: "/accounts/new",
      call: "POST /accounts/targets" as const,
      isDone: hasAccount === true,
    },
    {
      name: "Make a protection group",
      does: "Servers of one account and Region that are recovered together, chosen by tags or one by one.",
      to: "/groups/new",
      call: "POST /protection-groups" as const,
      isDone: hasGroup === true,
    },
    {
      name: "Make a recovery plan",
      does: "Which groups are recovered in which order, with approvals and checks.",
      to: "/plans/new",
      call: "POST /recovery-plans" as const,
      isDone: false,
    },
  ];
  const next = steps.findIndex(({ isDone }) => !isDone);
  return steps.map((step, index) => ({ ...step, isNext: index === next }));
}
