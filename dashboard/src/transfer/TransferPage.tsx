import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ActFailure } from "../acts/ActFailure";
import { read } from "../api/client";
import { ApiFailure } from "../api/failure";
import { counted } from "../format/numbers";
import { saveFile } from "../lists/save_file";
import { Page } from "../parts/Page";
import { useUser, whyNot } from "../session/permissions";
import { SettingsTabs } from "../settings/SettingsTabs";
import { ImportForm } from "./ImportForm";

/** The configuration as a document: out of this installation, and into it. */
export default function TransferPage() {
  return (
    <Page
      title="Export and import"
      within="Settings"
      description="Accounts, settings, groups and plans as one document, without ids and secrets."
    >
      <SettingsTabs />
      <SpaceBetween size="l">
        <Export />
        <ImportForm />
      </SpaceBetween>
    </Page>
  );
}

function Export() {
  const user = useUser();
  const [busy, setBusy] = useState("");
  const [said, setSaid] = useState("");
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const reason = whyNot(user, "GET /config/export");
  const save = async (format: "json" | "yaml") => {
    setBusy(format);
    setFailure(null);
    setSaid("");
    try {
      const { text, accounts, groups, plans } = await read("/config/export", { query: { format } });
      saveFile(`dr-configuration-${new Date().toISOString().slice(0, 10)}.${format}`, "text/plain", text);
      setSaid(
        `${counted(accounts, "account")}, ${counted(groups, "group")} and ${counted(plans, "plan")} exported.`,
      );
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setFailure(error);
    }
    setBusy("");
  };
  return (
    <Container header={<Header variant="h2">Export</Header>}>
      <SpaceBetween size="s">
        <SpaceBetween direction="horizontal" size="xs">
          {(["json", "yaml"] as const).map((format) => (
            <Button
              key={format}
              iconName="download"
              disabled={reason !== "" || (busy !== "" && busy !== format)}
              disabledReason={reason || "One export at a time."}
              loading={busy === format}
              loadingText="Exporting"
              onClick={() => void save(format)}
            >
              {format.toUpperCase()}
            </Button>
          ))}
        </SpaceBetween>
        <p role="status" className="quiet sentence">
          {said}
        </p>
        <ActFailure failure={failure} />
      </SpaceBetween>
    </Container>
  );
}
