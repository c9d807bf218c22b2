import type { GroupDraft } from "./group_draft";

export interface StepProps {
  draft: GroupDraft;
  change: (change: Partial<GroupDraft>) => void;
  isNew: boolean;
  /** The group that is changed; empty for a new one. Its own servers are free. */
  groupId: string;
}
