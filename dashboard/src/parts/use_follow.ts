import { useCallback } from "react";
import { useNavigate } from "react-router";

interface FollowEvent {
  detail: { href?: string; external?: boolean };
  preventDefault(): void;
}

/** For `onFollow` of Cloudscape's components: go to another page without loading this one again. */
export function useFollow(): (event: CustomEvent<FollowEvent["detail"]> | FollowEvent) => void {
  const navigate = useNavigate();
  return useCallback(
    (event) => {
      const { href, external } = event.detail;
      if (external || href === undefined || !href.startsWith("/")) return;
      event.preventDefault();
      navigate(href);
    },
    [navigate],
  );
}
