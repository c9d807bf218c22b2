import Button from "@cloudscape-design/components/button";
import { useEffect, useState } from "react";
import { ApiFailure } from "../api/failure";
import { number } from "../format/numbers";

interface Props {
  /** Reads what is not on the page yet; called with the number so far. */
  prepare?: (arrived: (count: number) => void) => Promise<void>;
  /** After it was printed, or could not be. */
  done?: () => void;
  disabledReason?: string;
}

/** Puts the page on paper, after it has read everything that belongs to it. */
export function PrintButton({ prepare, done, disabledReason = "" }: Props) {
  const [count, setCount] = useState<number>();
  const [isReady, setReady] = useState(false);
  const [problem, setProblem] = useState("");
  const begin = async () => {
    setProblem("");
    try {
      if (prepare !== undefined) {
        setCount(0);
        await prepare(setCount);
      }
      setReady(true);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setProblem(error.message);
      done?.();
    } finally {
      setCount(undefined);
    }
  };
  // Once everything that was read is drawn, and not from within the drawing.
  useEffect(() => {
    if (!isReady) return;
    const timer = setTimeout(() => {
      addEventListener("afterprint", () => done?.(), { once: true });
      print();
      setReady(false);
    });
    return () => clearTimeout(timer);
  }, [isReady, done]);
  return (
    <>
      {problem === "" ? null : (
        <span role="alert" className="mark-failed">
          {problem}{" "}
        </span>
      )}
      <Button
        iconName="file"
        disabled={disabledReason !== ""}
        disabledReason={disabledReason}
        loading={count !== undefined}
        loadingText={`Reading, ${number(count ?? 0)} so far`}
        onClick={() => void begin()}
      >
        Print
      </Button>
    </>
  );
}
