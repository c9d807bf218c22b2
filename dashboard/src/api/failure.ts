import type { Schemas } from "./schemas";

/** The API's own kinds of failures, and three of the way to it. */
export type FailureCode = Schemas["ErrorCode"] | "NoAnswer" | "TooSlow" | "UnexpectedAnswer";

interface FailureFacts {
  code: FailureCode;
  message: string;
  status?: number;
  details?: Record<string, unknown>;
  retryable?: boolean;
  requestId?: string;
  retryAfterSeconds?: number | undefined;
}

/** A request that was not answered as hoped. `message` is a sentence for people, the API's own where it answered. */
export class ApiFailure extends Error {
  readonly code: FailureCode;
  readonly status: number;
  readonly details: Record<string, unknown>;
  readonly retryable: boolean;
  readonly requestId: string;
  readonly retryAfterSeconds: number | undefined;
  readonly at = new Date();

  constructor(facts: FailureFacts) {
    super(facts.message);
    this.name = "ApiFailure";
    this.code = facts.code;
    this.status = facts.status ?? 0;
    this.details = facts.details ?? {};
    this.retryable = facts.retryable ?? false;
    this.requestId = facts.requestId ?? "";
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }

  /** Whether the answer is missing, so that a command may have been carried out all the same. */
  get isOutcomeUnknown(): boolean {
    return this.code === "NoAnswer" || this.code === "TooSlow" || this.code === "OutcomeUnknown";
  }

  /** The problems of an InvalidRequest by field, to be shown at the fields. */
  get problems(): { field: string; message: string }[] {
    const listed = this.details["problems"];
    return Array.isArray(listed) ? (listed as { field: string; message: string }[]) : [];
  }
}

export function failureOfAnswer(response: Response, body: unknown): ApiFailure {
  const retryAfter = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const facts = {
    status: response.status,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
  if (isErrorBody(body)) {
    const { code, message, details, retryable } = body.error;
    return new ApiFailure({ ...facts, code, message, details, retryable, requestId: body.requestId });
  }
  const requestId = response.headers.get("x-amzn-RequestId") ?? "";
  const message = `The answer was not understood (status ${response.status}). Something between this page and the API answered instead.`;
  return new ApiFailure({
    ...facts,
    code: "UnexpectedAnswer",
    message,
    requestId,
    retryable: response.status >= 500,
  });
}

export function failureOfConnection(error: unknown, seconds: number): ApiFailure {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    const message = `The API has not answered within ${seconds} seconds.`;
    return new ApiFailure({ code: "TooSlow", message, retryable: true });
  }
  return new ApiFailure({ code: "NoAnswer", message: "The API cannot be reached.", retryable: true });
}

function isErrorBody(body: unknown): body is Schemas["Error"] {
  const error = (body as Schemas["Error"] | null)?.error;
  return typeof error?.code === "string" && typeof error.message === "string";
}
