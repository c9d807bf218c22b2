import { Suspense, useEffect, useState } from "react";
import { lazyPart } from "../../parts/lazy_part";
import { offerOfLink } from "../decisions";
import type { Detail, Offer } from "../run";
import type { Selection } from "../selection";
import type { Select } from "../use_selection";

const ActDialog = lazyPart(() => import("./ActDialog"));

interface Props {
  detail: Detail;
  selection: Selection;
  select: Select;
}

/** The dialog that the URL asks for. It stays open with what it was opened for, also when the act is over by then. */
export function ActsOfLink({ detail, selection, select }: Props) {
  const { act, wave } = selection;
  const found = act === "" ? undefined : offerOfLink(detail, act, wave);
  const [opened, setOpened] = useState<Offer | undefined>(undefined);
  useEffect(() => {
    if (act === "") setOpened(undefined);
    else if (found !== undefined) setOpened((before) => before ?? found);
    else if (act === "decide") document.getElementById(`decision-${wave}`)?.focus();
  }, [act, found, wave]);
  // While it is open, the newest offer counts; once the run no longer makes it, the one before.
  const shown = found ?? opened;
  if (act === "" || shown === undefined) return null;
  return (
    <Suspense fallback={null}>
      <ActDialog
        key={`${act} ${wave}`}
        offer={shown}
        isGone={found === undefined}
        detail={detail}
        onClose={() => select({ act: "" })}
      />
    </Suspense>
  );
}
