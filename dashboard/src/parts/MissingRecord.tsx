import { useUser, whyNever } from "../session/permissions";
import { AppLink } from "./AppLink";

interface Props {
  id: string;
  list: string;
  /** "All executions" */
  all: string;
}

/** Below the API's sentence that there is no such record: where the others are, and who may have deleted this one. */
export function MissingRecord({ id, list, all }: Props) {
  const mayAudit = whyNever(useUser(), "GET /audit-logs") === "";
  return (
    <p className="sentence">
      It may have been deleted. <AppLink to={list}>{all}</AppLink>
      {mayAudit ? (
        <>
          {" · "}
          <AppLink to={`/audit?resourceId=${encodeURIComponent(id)}`}>What the audit log says of it</AppLink>
        </>
      ) : null}
    </p>
  );
}
