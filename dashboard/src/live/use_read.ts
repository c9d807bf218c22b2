import {
  hashKey,
  keepPreviousData,
  type UseQueryResult,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { type Answer, type ReadInput, type ReadPath, read } from "../api/client";
import { ApiFailure } from "../api/failure";
import { LIST, type Pace, untilNextRead } from "./pace";

export type ReadResult<T> = UseQueryResult<T, ApiFailure>;

interface Options<T> {
  /** How often it is read again, also by what was read: `(data) => …`. Lists are read once a minute. */
  pace?: Pace | ((data: T | undefined) => Pace);
  /** False: not now. */
  enabled?: boolean;
  /** Keep showing the page before while the next one is read. */
  keepPrevious?: boolean;
}

/** Reads a path of the API, keeps it up to date, and is abandoned when nobody looks any more. */
export function useRead<P extends ReadPath>(
  path: P,
  input: ReadInput<P>,
  { pace = LIST, enabled = true, keepPrevious = false }: Options<Answer<P>> = {},
): ReadResult<Answer<P>> {
  return useQuery<Answer<P>, ApiFailure>({
    queryKey: keyOf(path, input),
    queryFn: ({ signal, queryKey }) => counted(hashKey(queryKey), read(path, input, signal)),
    enabled,
    ...(keepPrevious ? { placeholderData: keepPreviousData as never } : {}),
    refetchIntervalInBackground: true,
    refetchInterval: (query) => intervalOf(query, pace),
  });
}

/**
 * Gathers what takes several reads: each builds on what is there, and asks for the next page or for what is new. The
 * same object means that nothing has changed.
 */
export function useGathered<T>(
  key: readonly unknown[],
  advance: (before: T | undefined, signal: AbortSignal) => Promise<T>,
  { pace = LIST, enabled = true }: Options<T> = {},
): ReadResult<T> {
  const queries = useQueryClient();
  return useQuery<T, ApiFailure>({
    queryKey: key,
    queryFn: ({ signal }) => counted(hashKey(key), advance(queries.getQueryData<T>(key), signal)),
    enabled,
    structuralSharing: false,
    refetchIntervalInBackground: true,
    refetchInterval: (query) => intervalOf(query, pace),
  });
}

interface Repeated<T> {
  state: { data: T | undefined; error: ApiFailure | null };
  queryHash: string;
}

function intervalOf<T>({ state, queryHash }: Repeated<T>, pace: Pace | ((data: T | undefined) => Pace)) {
  return untilNextRead({
    pace: typeof pace === "function" ? pace(state.data) : pace,
    isHidden: document.visibilityState === "hidden",
    failures: failing.get(queryHash)?.failures ?? 0,
    retryAfterSeconds: state.error?.retryAfterSeconds,
    chance: failing.get(queryHash)?.chance ?? 0,
  });
}

/** The key of a read, to invalidate it after an act: `queries.invalidateQueries({ queryKey: keyOf("/executions") })`. */
export function keyOf(path: ReadPath, input?: { path?: unknown; query?: unknown }): unknown[] {
  return input === undefined ? [path] : [path, input.path ?? {}, input.query ?? {}];
}

/** How often a read has failed since it last worked, by its key. `chance` is drawn once, so that the wait stays. */
const failing = new Map<string, { failures: number; chance: number }>();

async function counted<T>(key: string, reading: Promise<T>): Promise<T> {
  try {
    const answer = await reading;
    failing.delete(key);
    return answer;
  } catch (error) {
    if (error instanceof ApiFailure) {
      failing.set(key, { failures: (failing.get(key)?.failures ?? 0) + 1, chance: Math.random() });
    }
    throw error;
  }
}
