import type { ReactNode } from "react";
import { useAway } from "../live/away";
import type { ReadResult } from "../live/use_read";
import { Failure } from "./Failure";
import { StaleNote } from "./StaleNote";
import { Waiting } from "./Waiting";

interface Props<T> {
  result: ReadResult<T>;
  /** "The executions": what is missing when it cannot be read. */
  what: string;
  skeleton?: ReactNode;
  /** Below the sentence that there is no such record. */
  missing?: ReactNode;
  children: (data: T) => ReactNode;
}

/** What was read, or why not: every page and every part of a page shows its states by this. */
export function Loaded<T>({ result, what, skeleton, missing, children }: Props<T>) {
  const away = useAway();
  const retry = () => void result.refetch();
  if (result.data === undefined) {
    if (result.error !== null) {
      return (
        <>
          <Failure failure={result.error} what={what} retry={retry} />
          {result.error.code === "RecordNotFound" ? missing : null}
        </>
      );
    }
    return <Waiting skeleton={skeleton} retry={retry} />;
  }
  return (
    <>
      {result.error === null && away === "" ? null : (
        <StaleNote
          at={result.dataUpdatedAt}
          what={what}
          sentence={result.error?.message ?? "There is no connection."}
          retry={retry}
        />
      )}
      {children(result.data)}
    </>
  );
}
