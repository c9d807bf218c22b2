import { useState } from "react";
import { useAct } from "../live/use_act";
import { type Document, documentOf, without } from "./import_document";

const CHANGES = [
  "/protection-groups",
  "/recovery-plans",
  "/accounts/targets",
  "/config/launch-defaults",
] as const;

/** An import from the choice of a file to the result of each record. */
export function useImport() {
  const [files, setFiles] = useState<File[]>([]);
  const [document, setDocument] = useState<Document>();
  const [problem, setProblem] = useState("");
  const [leftOut, setLeftOut] = useState<readonly string[]>([]);
  const dryRun = useAct("post", "/config/import", []);
  const carryOut = useAct("post", "/config/import", CHANGES);

  const take = async (chosen: File[]) => {
    setFiles(chosen);
    setDocument(undefined);
    setProblem("");
    setLeftOut([]);
    dryRun.reset();
    carryOut.reset();
    const [file] = chosen;
    if (file === undefined) return;
    const result = await documentOf(await file.text());
    setProblem(result.problem);
    if (result.document === undefined) return;
    setDocument(result.document);
    dryRun.mutate({ body: { document: result.document, dryRun: true } as never });
  };
  const leaveOut = (field: string, isOut: boolean) =>
    setLeftOut((before) => (isOut ? [...before, field] : before.filter((each) => each !== field)));
  const items = (dryRun.data?.items ?? []).filter(({ field }) => !leftOut.includes(field));
  const send = (done: () => void) => {
    if (document === undefined) return;
    const failed = items.filter(({ outcome }) => outcome === "FAILED").map(({ field }) => field);
    const body = { document: without(document, [...leftOut, ...failed]), dryRun: false };
    carryOut.mutate({ body: body as never }, { onSuccess: done });
  };
  return { files, problem, leftOut, leaveOut, items, dryRun, carryOut, take, send };
}
