import { useEffect, useRef, useState } from "react";
import { read } from "../api/client";
import { ApiFailure } from "../api/failure";
import type { Schemas } from "../api/schemas";

export interface Verified {
  chain: string;
  links: number;
  changes: number;
  firstBreak: Schemas["Break"] | null;
  lastHash: string;
  lastLink: number;
  /** To the end of the chain, without a break. */
  isWhole: boolean;
}

/** What is known after a further part of the chain. */
export function afterPart(before: Verified | undefined, part: Schemas["AuditVerification"]): Verified {
  return {
    chain: part.chain,
    links: (before?.links ?? 0) + part.links,
    changes: (before?.changes ?? 0) + part.changes,
    firstBreak: before?.firstBreak ?? part.firstBreak,
    lastHash: part.lastHash,
    lastLink: part.lastLink,
    isWhole: part.nextAfterLink === null && (before?.firstBreak ?? part.firstBreak) === null,
  };
}

/** Verifies a chain part by part, until its end or its first break. */
export function useVerification() {
  const [verified, setVerified] = useState<Verified>();
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  const start = async (query: { day: string; executionId: string }) => {
    stop.current?.abort();
    const controller = new AbortController();
    stop.current = controller;
    setRunning(true);
    setFailure(null);
    setVerified(undefined);
    try {
      await verify(query, controller.signal, setVerified);
    } catch (error) {
      if (controller.signal.aborted) return;
      if (!(error instanceof ApiFailure)) throw error;
      setFailure(error);
    }
    setRunning(false);
  };
  return { verified, isRunning, failure, start };
}

async function verify(
  query: { day: string; executionId: string },
  signal: AbortSignal,
  known: (verified: Verified) => void,
): Promise<void> {
  let soFar: Verified | undefined;
  let afterLink: number | null = 0;
  while (afterLink !== null) {
    const part: Schemas["AuditVerification"] = await read(
      "/audit-logs/verify",
      { query: { ...query, afterLink } },
      signal,
    );
    soFar = afterPart(soFar, part);
    known(soFar);
    afterLink = soFar.firstBreak === null ? part.nextAfterLink : null;
  }
}
