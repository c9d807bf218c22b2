import Alert from "@cloudscape-design/components/alert";
import { useEffect, useState } from "react";
import { statement } from "./statements";

/** On a page that an act leads to: what it has done. */
export function Statement() {
  const [text] = useState(statement.get);
  const [isShown, setShown] = useState(text !== "");
  // Once: who comes back later has read it. The next act may already have another for the page that it leads to.
  useEffect(() => {
    const timer = setTimeout(() => {
      if (statement.get() === text) statement.set("");
    }, 500);
    return () => clearTimeout(timer);
  }, [text]);
  if (!isShown) return null;
  return (
    <div role="status">
      <Alert type="success" dismissible dismissAriaLabel="Close" onDismiss={() => setShown(false)}>
        {text}
      </Alert>
    </div>
  );
}
