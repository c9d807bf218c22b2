import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ActFailure } from "../acts/ActFailure";
import type { Schemas } from "../api/schemas";
import type { LaunchSettings } from "../launch/fields";
import { FIELDS } from "../launch/fields";
import { LevelForm } from "../launch/LevelForm";
import { LevelsTable } from "../launch/LevelsTable";
import { differences, type Layer } from "../launch/levels";
import { useAct } from "../live/use_act";
import { DialogButtons } from "../parts/DialogButtons";

type OfServer = Schemas["ServerLaunchSettings"];

interface Props {
  groupId: string;
  server: OfServer;
  /** As it was read last: somebody else may have saved it. */
  latest: OfServer;
  above: readonly Layer[];
  place: { accountId: string; region: string };
  /** Why it may not be changed; empty if it may. */
  reason: string;
  onClose: () => void;
}

/** A server's own launch settings, beside those that it inherits. */
export function ServerSettingsDialog({ groupId, server, latest, above, place, reason, onClose }: Props) {
  const [base, setBase] = useState(server);
  const [own, setOwn] = useState<LaunchSettings>(server.settings);
  const save = useAct("put", "/protection-groups/{groupId}/servers/{serverId}/launch-settings", [
    "/protection-groups/{groupId}/launch-settings",
  ]);
  const changes = differences(FIELDS, base.settings, own);
  const isStale = latest.version > base.version;
  const send = () =>
    save.mutate(
      { path: { groupId, serverId: server.sourceServerId }, body: { settings: own, version: base.version } },
      { onSuccess: onClose },
    );
  return (
    <Modal
      visible
      size="large"
      header={`Own launch settings of ${server.hostname || server.sourceServerId}`}
      closeAriaLabel="Close without saving"
      onDismiss={onClose}
      footer={
        <DialogButtons>
          <Button onClick={onClose}>Leave as they are</Button>
          <Button
            variant="primary"
            disabled={reason !== "" || changes.length === 0 || isStale}
            disabledReason={
              reason || (isStale ? "Decide first which settings count." : "Nothing has changed.")
            }
            loading={save.isPending}
            loadingText="Saving"
            onClick={send}
          >
            Save
          </Button>
        </DialogButtons>
      }
    >
      <SpaceBetween size="l">
        <LevelsTable label="Settings by level" layers={[...above, { level: "server", settings: own }]} />
        {isStale ? (
          <div role="alert" className="mark-attention">
            <p>Somebody else has saved this server's settings meanwhile. Theirs against yours:</p>
            <ul className="sentences">
              {differences(FIELDS, own, latest.settings).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                onClick={() => {
                  setBase(latest);
                  setOwn(latest.settings);
                  save.reset();
                }}
              >
                Discard mine
              </Button>
              <Button
                onClick={() => {
                  setBase(latest);
                  save.reset();
                }}
              >
                Put mine on top
              </Button>
            </SpaceBetween>
          </div>
        ) : (
          <ActFailure failure={save.error} />
        )}
        {reason === "" ? null : <p className="quiet">{reason}</p>}
        <LevelForm
          level="server"
          above={above}
          own={own}
          place={place}
          onChange={setOwn}
          disabled={reason !== ""}
        />
        {changes.length === 0 ? null : (
          <div>
            <strong>What changes</strong>
            <ul className="sentences">
              {changes.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </div>
        )}
      </SpaceBetween>
    </Modal>
  );
}
