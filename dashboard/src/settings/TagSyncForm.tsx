import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { type FormEvent, useState } from "react";
import type { Schemas } from "../api/schemas";
import { useAct } from "../live/use_act";
import { FailureFacts } from "../parts/Failure";
import { Time } from "../parts/Time";
import { useUser, whyNever, whyNot } from "../session/permissions";
import { GlyphIcon } from "../states/GlyphIcon";
import { hoursProblem } from "./tag_sync";

type Settings = Schemas["TagSyncConfig"];

const useSave = () => useAct("put", "/config/tag-sync", ["/drs/tag-sync", "/config/tag-sync"]);

/** Begins with what was read when it opened; what somebody types is not replaced by what is read later. */
export function TagSyncForm({ settings }: { settings: Settings }) {
  const user = useUser();
  const [base, setBase] = useState(settings);
  const [isOn, setOn] = useState(settings.enabled);
  const [hours, setHours] = useState(String(settings.everyHours));
  const save = useSave();
  const reason = whyNot(user, "PUT /config/tag-sync");
  const never = whyNever(user, "PUT /config/tag-sync");
  const problem = hoursProblem(hours);
  const isStale = settings.version > base.version;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (problem !== "" || reason !== "" || save.isPending) return;
    const body = { enabled: isOn, everyHours: Number(hours), version: base.version };
    save.mutate({ body }, { onSuccess: setBase });
  };
  const takeTheirs = () => {
    setBase(settings);
    setOn(settings.enabled);
    setHours(String(settings.everyHours));
    save.reset();
  };

  return (
    <form onSubmit={submit}>
      <SpaceBetween size="m">
        <Toggle checked={isOn} disabled={never !== ""} onChange={({ detail }) => setOn(detail.checked)}>
          Sync tags by schedule
        </Toggle>
        <FormField label="Hours between two runs" description="1 to 24" errorText={problem}>
          <Input
            value={hours}
            inputMode="numeric"
            disabled={never !== ""}
            onChange={({ detail }) => setHours(detail.value)}
          />
        </FormField>
        {isStale ? <Stale settings={settings} onTake={takeTheirs} onKeep={() => setBase(settings)} /> : null}
        {never === "" ? null : <p className="quiet">{never}</p>}
        <Outcome save={save} isStale={isStale} />
        <Button
          variant="primary"
          formAction="submit"
          loading={save.isPending}
          loadingText="Saving"
          disabled={reason !== "" || isStale}
          disabledReason={reason || "Decide first which settings count: see above."}
        >
          Save
        </Button>
      </SpaceBetween>
    </form>
  );
}

function Stale({ settings, onTake, onKeep }: { settings: Settings; onTake: () => void; onKeep: () => void }) {
  return (
    <div role="status" className="mark-attention">
      <p>
        {settings.updatedBy || "Somebody"} has saved other settings meanwhile
        {settings.updatedAt === null ? null : (
          <>
            {" "}
            at <Time at={settings.updatedAt} as="near" withZone />
          </>
        )}
        : {settings.enabled ? `every ${settings.everyHours} h` : "switched off"}.
      </p>
      <Button onClick={onTake}>Take theirs</Button> <Button onClick={onKeep}>Keep mine</Button>
    </div>
  );
}

function Outcome({ save, isStale }: { save: ReturnType<typeof useSave>; isStale: boolean }) {
  if (save.isSuccess) {
    return (
      <p role="status" className="mark mark-good">
        <GlyphIcon glyph="check" /> Saved.
      </p>
    );
  }
  if (save.error === null || isStale) return null;
  return (
    <div role="alert" className="mark-failed">
      <p>{save.error.message}</p>
      <FailureFacts failure={save.error} />
    </div>
  );
}
