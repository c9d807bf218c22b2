import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { act } from "../api/client";
import type { ApiFailure } from "../api/failure";
import type { Schemas } from "../api/schemas";
import { contentOf, type GroupDraft, missing } from "./group_draft";

const REST_MS = 400;

/** What the selection matches now, asked when the typing rests. The question is a POST, and changes nothing. */
export function usePreview(draft: GroupDraft, groupId: string) {
  const { tags, sourceServerIds } = contentOf(draft);
  const isWhole = draft.accountId !== "" && draft.region !== "" && missing(draft, "selection").length === 0;
  const body = {
    accountId: draft.accountId,
    region: draft.region,
    tags,
    sourceServerIds,
    limit: 100,
    cursor: "",
    groupId,
  };
  const rested = useRested(JSON.stringify(body));
  return useQuery<Schemas["ResolvedSelection"], ApiFailure>({
    queryKey: ["/protection-groups/resolve", rested],
    queryFn: () => act("post", "/protection-groups/resolve", { body: JSON.parse(rested) as typeof body }),
    enabled: isWhole && rested === JSON.stringify(body),
    placeholderData: (before) => (isWhole ? before : undefined),
  });
}

function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}
