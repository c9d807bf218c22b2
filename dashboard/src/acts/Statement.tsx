import Alert from "@cloudscape-design/components/alert";
import { useEffect, useState } from "react";
import { statement } from "./statements";

/** On a page that an act leads to: what it has done. */
export function Statement() {
  const [text] = useState(statement.get);
  const [isShown, setShown] = useState(text !== "");
  // Once: who comes back later has read it.
  useEffect(() => {
    const timer = setTimeout(() => statement.set(""), 500);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return (
    <div role="status">
      <Alert type="success" dismissible dismissAriaLabel="Close" onDismiss={() => setShown(false)}>
        {text}
      </Alert>
    </div>
  );
}
