/** Where the pages of a plan are. */
export const PLANS = "/plans";

export const planPath = (planId: string): string => `${PLANS}/${planId}`;
export const startPath = (planId: string): string => `${planPath(planId)}/start`;
export const preflightPath = (planId: string): string => `${planPath(planId)}/preflight`;
export const editPath = (planId: string): string => `${planPath(planId)}/edit`;
