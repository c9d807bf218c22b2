import { createContext, useContext } from "react";
import type { Content, Wave } from "../content";
import type { Groups } from "../use_groups";
import { changeWave } from "./edits";
import { at } from "./rules";
import type { Edit } from "./use_draft";

interface EditOfPlan {
  edit: Edit;
  groups: Groups | undefined;
}

export const EditContext = createContext<EditOfPlan | undefined>(undefined);

export function useEdit(): EditOfPlan {
  const edit = useContext(EditContext);
  if (edit === undefined) throw new Error("EditContext is missing.");
  return edit;
}

/** For the fields of the plan itself. */
export function usePlanFields() {
  const { edit } = useEdit();
  return {
    content: edit.content,
    errorOf: (field: string) => at(edit.problems, field),
    set: (fields: Partial<Content>, place: string) => edit.change({ ...edit.content, ...fields }, place),
  };
}

/** For the fields of one wave. */
export function useWaveFields(wave: Wave) {
  const { edit } = useEdit();
  const path = `waves[${wave.number - 1}]`;
  return {
    path,
    errorOf: (field: string) => at(edit.problems, `${path}.${field}`),
    set: (fields: Partial<Wave>, place: string) =>
      edit.change(changeWave(edit.content, wave.number, fields), place === "" ? "" : `${path}.${place}`),
  };
}
