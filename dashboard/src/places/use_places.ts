import type { Schemas } from "../api/schemas";
import { type ReadResult, useRead } from "../live/use_read";

export type DrsAccount = Schemas["DrsAccount"];

/** Accounts and Regions with source servers, and how DRS answered there last. */
export function usePlaces(): ReadResult<Schemas["DrsAccountPage"]> {
  return useRead("/drs/accounts", { query: { limit: 100 } });
}

/** The names of accounts by their numbers, as far as they are known. */
export function useAccountNames(): ReadonlyMap<string, string> {
  const accounts = usePlaces().data?.items ?? [];
  return new Map(accounts.map(({ accountId, name }) => [accountId, name]));
}
