import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useRouteError } from "react-router";

/** A defect of the dashboard: never a white page. */
export function BrokenPage() {
  const error = useRouteError();
  const text =
    error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error);
  const copy = () => void navigator.clipboard.writeText(`${location.pathname}\n${text}`);
  return (
    <Alert
      type="error"
      header="This page has a defect"
      action={<Button onClick={() => location.reload()}>Load the page again</Button>}
    >
      <p>Nothing was done in AWS by this. The other pages work; what you typed here is lost.</p>
      <p>
        <code>{text.split("\n", 1)}</code>{" "}
        <Button variant="inline-link" onClick={copy}>
          Copy details
        </Button>
      </p>
    </Alert>
  );
}
