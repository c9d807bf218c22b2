import Button from "@cloudscape-design/components/button";
import { useEffect, useRef, useState } from "react";
import { ApiFailure } from "../api/failure";
import { number } from "../format/numbers";
import { type CsvColumn, csvOf } from "./csv";
import { saveFile } from "./save_file";

interface Props<Row> {
  /** "servers": the name of the file, before the day. */
  name: string;
  columns: readonly CsvColumn<Row>[];
  /** Reads everything that matches the filter, not only the page that is shown. */
  readRows: (arrived: (count: number) => void, signal: AbortSignal) => Promise<Row[]>;
}

/** Saves what is filtered as a file, and says how far it has got. */
export function CsvButton<Row>({ name, columns, readRows }: Props<Row>) {
  const [count, setCount] = useState<number>();
  const [problem, setProblem] = useState("");
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const save = async () => {
    const controller = new AbortController();
    stop.current = controller;
    setProblem("");
    setCount(0);
    try {
      const rows = await readRows(setCount, controller.signal);
      saveFile(`${name}-${new Date().toISOString().slice(0, 10)}.csv`, "text/csv", csvOf(columns, rows));
    } catch (error) {
      if (!controller.signal.aborted) {
        setProblem(error instanceof ApiFailure ? error.message : "The file could not be made.");
      }
    }
    setCount(undefined);
  };
  const isBusy = count !== undefined;
  return (
    <>
      {problem === "" ? null : (
        <span role="alert" className="mark-failed">
          {problem}{" "}
        </span>
      )}
      <Button
        iconName="download"
        onClick={save}
        loading={isBusy}
        loadingText={`Reading, ${number(count ?? 0)} so far`}
      >
        CSV
      </Button>
    </>
  );
}
