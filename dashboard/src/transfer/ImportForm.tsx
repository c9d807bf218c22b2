import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ActFailure } from "../acts/ActFailure";
import { Confirmation } from "../acts/Confirmation";
import { counted } from "../format/numbers";
import { useUser, whyNever, whyNot } from "../session/permissions";
import { overwrites, summaryOf } from "./import_document";
import { OnlyHere, ReportTable } from "./ReportTable";
import { useImport } from "./use_import";

const FILE_WORDS = {
  uploadButtonText: () => "Choose a file",
  dropzoneText: () => "Drop the file here",
  removeFileAriaLabel: () => "Take the file away",
  limitShowFewer: "Show fewer",
  limitShowMore: "Show more",
  errorIconAriaLabel: "Problem",
};

/** A file → its differences → what is chosen of them → the result of each record. Nothing is deleted by an import. */
export function ImportForm() {
  const work = useImport();
  const reason = whyNever(useUser(), "POST /config/import");
  return (
    <Container header={<Header variant="h2">Import</Header>}>
      <SpaceBetween size="l">
        {reason === "" ? (
          <FormField
            label="Document"
            description="A JSON or YAML file of an export. It is compared first; nothing changes before you have seen the differences."
            errorText={work.problem}
          >
            <FileUpload
              value={work.files}
              accept=".json,.yaml,.yml,application/json,application/yaml"
              i18nStrings={FILE_WORDS}
              onChange={({ detail }) => void work.take(detail.value)}
            />
          </FormField>
        ) : (
          <p className="quiet sentence">{reason}</p>
        )}
        {work.dryRun.isPending ? <p role="status">Comparing with this installation …</p> : null}
        <ActFailure failure={work.dryRun.error} />
        {work.carryOut.data === undefined ? (
          <Differences work={work} />
        ) : (
          <>
            <p role="status">Imported: {summaryOf(work.carryOut.data.items)}.</p>
            <ReportTable items={work.carryOut.data.items} label="Result of the import" />
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Differences({ work }: { work: ReturnType<typeof useImport> }) {
  const [isAsking, setAsking] = useState(false);
  const { items, dryRun, carryOut } = work;
  const user = useUser();
  if (dryRun.data === undefined) return null;
  const changing = items.filter(({ action, outcome }) => action !== "NONE" && outcome !== "FAILED").length;
  const isOverwriting = overwrites(items);
  const reason = whyNot(user, "POST /config/import") || (changing === 0 ? "Nothing would change." : "");
  return (
    <SpaceBetween size="m">
      <p role="status">{summaryOf(items)}. Nothing is deleted by an import.</p>
      <ReportTable
        items={dryRun.data.items}
        label="Differences"
        leftOut={work.leftOut}
        onLeaveOut={work.leaveOut}
      />
      <OnlyHere onlyHere={dryRun.data.onlyHere} />
      <Button
        variant="primary"
        disabled={reason !== ""}
        disabledReason={reason}
        onClick={() => setAsking(true)}
      >
        Import {counted(changing, "change")} …
      </Button>
      {isAsking ? (
        <Confirmation
          title={`Import: ${summaryOf(items)}`}
          toType={isOverwriting ? "import" : ""}
          safe="Back"
          dangerous={`Import ${counted(changing, "change")}`}
          underWay="Importing"
          isPending={carryOut.isPending}
          failure={carryOut.error}
          onLeave={() => setAsking(false)}
          onConfirm={() => work.send(() => setAsking(false))}
        >
          {isOverwriting ? "What is changed is overwritten with what the document says. " : ""}
          Nothing is deleted by an import. A record that fails stops no other.
        </Confirmation>
      ) : null}
    </SpaceBetween>
  );
}
