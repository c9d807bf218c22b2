// The rules of the API for the actions and checks of a wave.
import { PHASES, type Step, type Wave } from "../content";
import { nameLength } from "./name_length";
import { ifAny, type Problem, range } from "./rules";

const MOST_SECONDS = 14_400;
const MOST_LAMBDA_SECONDS = 60;
const MOST_STEPS = 50;
const MOST_BYTES = 8_192;
export const ADDRESS = "{privateIp}";

const DOCUMENT = /^dr-step-[A-Za-z0-9_.-]{1,120}$/;
const FUNCTION =
  /^(arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:)?dr-step-[A-Za-z0-9_-]{1,55}(:[A-Za-z0-9$_-]+)?$/;
const VISIBLE = /^[\x21-\x7e]+$/;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/;

export function stepProblems(path: string, wave: Wave): Problem[] {
  const count = PHASES.reduce((sum, phase) => sum + wave[phase].length, 0);
  return [
    ...ifAny(path, count > MOST_STEPS ? `has ${count} steps; a wave may have at most ${MOST_STEPS}` : ""),
    ...PHASES.flatMap((phase) =>
      wave[phase].flatMap((step, index) => {
        const where = `${path}.${phase}[${index}]`;
        const early = phase === "preActions" && runsOnInstances(step);
        return [
          ...common(where, step),
          ...own(where, step),
          ...ifAny(
            where,
            early ? "runs on recovery instances, which do not exist before the wave launches" : "",
          ),
        ];
      }),
    ),
  ];
}

/** Whether the step runs for each recovery instance, and not for the wave as a whole. */
export function runsOnInstances(step: Step): boolean {
  switch (step.type) {
    case "SSM_COMMAND":
    case "EC2_STATUS":
      return true;
    case "HTTP":
      return step.url.includes(ADDRESS);
    case "TCP":
      return step.host === "";
    default:
      return false;
  }
}

function common(path: string, step: Step): Problem[] {
  const most = step.type === "LAMBDA" ? MOST_LAMBDA_SECONDS : MOST_SECONDS;
  const bytes = new TextEncoder().encode(JSON.stringify(step)).length;
  return [
    ...ifAny(`${path}.name`, nameLength(step.name)),
    ...range(`${path}.timeoutSeconds`, step.timeoutSeconds, 1, most),
    ...ifAny(path, bytes > MOST_BYTES ? "is larger than 8,192 bytes" : ""),
  ];
}

function own(path: string, step: Step): Problem[] {
  switch (step.type) {
    case "SSM_AUTOMATION":
      return [
        ...documentProblem(path, step.document),
        ...listsProblem(`${path}.parameters`, step.parameters),
      ];
    case "SSM_COMMAND":
      return commandProblems(path, step);
    case "LAMBDA":
      return [
        ...ifAny(
          `${path}.function`,
          FUNCTION.test(step.function)
            ? ""
            : "must be the name or ARN of a function whose name begins with 'dr-step-'",
        ),
        ...ifAny(`${path}.payload`, isObject(step.payload) ? "" : "must be a JSON object"),
      ];
    case "HTTP":
      return [
        ...ifAny(`${path}.url`, urlProblem(step.url)),
        ...ifAny(`${path}.serverName`, serverNameProblem(step)),
        ...range(`${path}.expectedStatus`, step.expectedStatus, 100, 599),
      ];
    case "TCP":
      return [
        ...ifAny(`${path}.host`, hostProblem(step.host)),
        ...range(`${path}.port`, step.port, 1, 65_535),
      ];
    default:
      return [];
  }
}

function documentProblem(path: string, document: string): Problem[] {
  return ifAny(
    `${path}.document`,
    DOCUMENT.test(document) ? "" : "must be a document whose name begins with 'dr-step-'",
  );
}

function commandProblems(path: string, step: Extract<Step, { type: "SSM_COMMAND" }>): Problem[] {
  const hasDocument = step.document !== "";
  const hasCommands = step.commands.length > 0;
  if (hasDocument === hasCommands)
    return [{ field: path, message: "must have either a document or commands" }];
  const lists = listsProblem(`${path}.parameters`, step.parameters);
  if (hasDocument) return [...documentProblem(path, step.document), ...lists];
  const isGiven = !isObject(step.parameters) || Object.keys(step.parameters).length > 0;
  return ifAny(`${path}.parameters`, isGiven ? "can only be given with a document, not with commands" : "");
}

function listsProblem(field: string, parameters: unknown): Problem[] {
  const isRight =
    isObject(parameters) &&
    Object.values(parameters).every(
      (list) => Array.isArray(list) && list.every((each) => typeof each === "string"),
    );
  return ifAny(field, isRight ? "" : 'must be JSON such as {"Key": ["value"]}');
}

/** What is wrong with an address; empty if nothing is. */
export function urlProblem(url: string): string {
  if (!/^https?:\/\//.test(url)) return "must begin with http:// or https://";
  if (!VISIBLE.test(url)) return "must be ASCII without spaces; percent-encode all other characters";
  let parts: URL;
  try {
    parts = new URL(url.replaceAll(ADDRESS, "192.0.2.1"));
  } catch {
    return "is not an address";
  }
  if (parts.username !== "" || parts.password !== "") {
    return "must not contain a user name or password, because many people can read plans and timelines";
  }
  if (parts.port === "0") return "must have a port from 1 to 65535, or none";
  return parts.hostname.startsWith("[") ? "" : hostProblem(parts.hostname);
}

function serverNameProblem({ url, serverName }: Extract<Step, { type: "HTTP" }>): string {
  if (serverName === "") {
    return url.startsWith(`https://${ADDRESS}`)
      ? `is required for https://${ADDRESS}; give the host name on the servers' certificate`
      : "";
  }
  if (!url.startsWith("https://")) return "is for https only; leave it out";
  return hostProblem(serverName);
}

function hostProblem(host: string): string {
  if (host === "" || host.includes(":")) return "";
  const labels = host.split(".");
  return host.length <= 253 && labels.every((label) => label.length <= 63 && LABEL.test(label))
    ? ""
    : "must be a host name or an IP address, without a port";
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
