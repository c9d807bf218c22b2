import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { type FormEvent, useState } from "react";
import { ActFailure } from "../acts/ActFailure";
import { StaleRecord } from "../acts/StaleRecord";
import type { Schemas } from "../api/schemas";
import { useUnsaved } from "../groups/use_unsaved";
import { useAct } from "../live/use_act";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { useUser, whyNever, whyNot } from "../session/permissions";
import { linesOf } from "./lines";
import { SettingsTabs } from "./SettingsTabs";

/** Where the HTTP and TCP steps of plans may go. */
export default function OutgoingHostsPage() {
  const hosts = useRead("/config/outgoing-hosts", {});
  return (
    <Page
      title="Outgoing hosts"
      within="Settings"
      description="The hosts and networks that HTTP and TCP steps of plans may reach. Everything else is refused."
    >
      <SettingsTabs />
      <Loaded result={hosts} what="The hosts">
        {(data) => <Editor current={data} />}
      </Loaded>
    </Page>
  );
}

type Config = Schemas["OutgoingConfig"];
const asText = (lines: readonly string[]) => lines.join("\n");

function Editor({ current }: { current: Config }) {
  const user = useUser();
  const [base, setBase] = useState(current);
  const [hosts, setHosts] = useState(asText(current.hosts));
  const [networks, setNetworks] = useState(asText(current.networks));
  const save = useAct("put", "/config/outgoing-hosts", ["/config/outgoing-hosts"]);
  const reason = whyNot(user, "PUT /config/outgoing-hosts");
  const never = whyNever(user, "PUT /config/outgoing-hosts");
  const isStale = current.version > base.version;
  const isChanged =
    asText(linesOf(hosts)) !== asText(base.hosts) || asText(linesOf(networks)) !== asText(base.networks);
  const unsaved = useUnsaved(isChanged);
  const show = (config: Config) => {
    setBase(config);
    setHosts(asText(config.hosts));
    setNetworks(asText(config.networks));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason !== "" || isStale || !isChanged || save.isPending) return;
    const body = { hosts: linesOf(hosts), networks: linesOf(networks), version: base.version };
    save.mutate({ body }, { onSuccess: show });
  };
  return (
    <Container>
      {unsaved.question}
      <form onSubmit={submit}>
        <SpaceBetween size="l">
          {isStale ? (
            <StaleRecord
              theirs={current}
              onTake={() => {
                show(current);
                save.reset();
              }}
              onKeep={() => {
                setBase(current);
                save.reset();
              }}
            >
              <p className="sentence">
                Theirs: {[...current.hosts, ...current.networks].join(", ") || "nothing may be reached"}.
              </p>
            </StaleRecord>
          ) : (
            <ActFailure failure={save.error} />
          )}
          <FormField
            label="Hosts"
            description="One a line. Names may begin with *. for everything below a domain."
          >
            <Textarea
              value={hosts}
              rows={6}
              disabled={never !== ""}
              onChange={({ detail }) => setHosts(detail.value)}
            />
          </FormField>
          <FormField label="Networks" description="One a line, such as 10.20.0.0/16.">
            <Textarea
              value={networks}
              rows={4}
              disabled={never !== ""}
              onChange={({ detail }) => setNetworks(detail.value)}
            />
          </FormField>
          {base.updatedAt === null ? null : (
            <span className="quiet">
              Version {base.version}, <Time at={base.updatedAt} /> by {base.updatedBy}
            </span>
          )}
          {save.isSuccess && !isChanged ? <p role="status">Saved.</p> : null}
          <Button
            variant="primary"
            formAction="submit"
            disabled={reason !== "" || isStale || !isChanged}
            disabledReason={reason || (isStale ? "Decide first which hosts count." : "Nothing has changed.")}
            loading={save.isPending}
            loadingText="Saving"
          >
            Save
          </Button>
        </SpaceBetween>
      </form>
    </Container>
  );
}
