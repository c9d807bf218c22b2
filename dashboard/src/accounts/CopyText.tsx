import Button from "@cloudscape-design/components/button";
import { useState } from "react";

/** A command or a policy to paste elsewhere, with a button that copies it. */
export function CopyText({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState("");
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid("Copied"),
      () => setSaid("The browser did not allow it. Mark the text and copy it."),
    );
  return (
    <div>
      <pre className="code-block">{text}</pre>
      <Button iconName="copy" ariaLabel={`Copy ${what}`} onClick={() => void copy()}>
        Copy
      </Button>{" "}
      <span role="status" className="quiet">
        {said}
      </span>
    </div>
  );
}
