import type { Step, StepType } from "../content";

const COMMON = { name: "", timeoutSeconds: 300, optional: false };

/** A step of each kind as it begins. */
export const NEW_STEPS: { [T in StepType]: Extract<Step, { type: T }> } = {
  SSM_AUTOMATION: { ...COMMON, type: "SSM_AUTOMATION", document: "dr-step-", parameters: {} },
  SSM_COMMAND: { ...COMMON, type: "SSM_COMMAND", document: "", commands: [], parameters: {} },
  LAMBDA: { ...COMMON, type: "LAMBDA", timeoutSeconds: 60, function: "dr-step-", payload: {} },
  HTTP: {
    ...{
      ...COMMON,
      type: "HTTP",
      url: "http://{privateIp}/",
      serverName: "",
      method: "GET",
      expectedStatus: 200,
    },
  },
  TCP: { ...COMMON, type: "TCP", port: 443, host: "" },
  EC2_STATUS: { ...COMMON, type: "EC2_STATUS", name: "EC2 status checks" },
};
