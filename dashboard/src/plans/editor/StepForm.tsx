import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Step } from "../content";
import { useEdit } from "./EditContext";
import { JsonField, LinesField, NumberField, TextField } from "./fields";
import { at, type Problem } from "./rules";

interface Props<S extends Step = Step> {
  step: S;
  path: string;
  change: (step: Step) => void;
}

/** An action or check: what all have, and what its kind has. */
export function StepForm({ step, path, change }: Props) {
  const { edit } = useEdit();
  const errorOf = (field: string) => at(edit.problems, `${path}.${field}`);
  return (
    <SpaceBetween size="s">
      <ColumnLayout columns={2}>
        <TextField
          label="Name"
          value={step.name}
          error={errorOf("name")}
          change={(name) => change({ ...step, name })}
        />
        <NumberField
          label="Time limit in seconds"
          value={step.timeoutSeconds}
          error={errorOf("timeoutSeconds")}
          change={(value) => change({ ...step, timeoutSeconds: value ?? Number.NaN })}
        />
      </ColumnLayout>
      <OwnFields step={step} path={path} change={change} />
      <FormField errorText={ofItself(edit.problems, path)}>
        <Checkbox
          checked={step.optional}
          onChange={({ detail }) => change({ ...step, optional: detail.checked })}
        >
          The wave goes on when this fails
        </Checkbox>
      </FormField>
    </SpaceBetween>
  );
}

function OwnFields({ step, path, change }: Props) {
  switch (step.type) {
    case "SSM_AUTOMATION":
      return <AutomationFields {...{ step, path, change }} />;
    case "SSM_COMMAND":
      return <CommandFields {...{ step, path, change }} />;
    case "LAMBDA":
      return <LambdaFields {...{ step, path, change }} />;
    case "HTTP":
      return <HttpFields {...{ step, path, change }} />;
    case "TCP":
      return <TcpFields {...{ step, path, change }} />;
    default:
      return null;
  }
}

type Of<T extends Step["type"]> = Props<Extract<Step, { type: T }>>;

const PARAMETERS = 'JSON: {"Key": ["value"]}';

function AutomationFields({ step, path, change }: Of<"SSM_AUTOMATION">) {
  const errorOf = useErrors(path);
  return (
    <>
      <TextField
        label="Document"
        value={step.document}
        error={errorOf("document")}
        change={(document) => change({ ...step, document })}
      />
      <JsonField
        label="Parameters"
        description={PARAMETERS}
        value={step.parameters}
        error={errorOf("parameters")}
        change={(value) => change({ ...step, parameters: value as typeof step.parameters })}
      />
    </>
  );
}

function CommandFields({ step, path, change }: Of<"SSM_COMMAND">) {
  const errorOf = useErrors(path);
  return (
    <>
      <LinesField
        label="Commands, one in a line"
        lines={step.commands}
        error={errorOf("commands")}
        change={(commands) => change({ ...step, commands })}
      />
      <TextField
        label="Or a document"
        value={step.document}
        error={errorOf("document")}
        change={(document) => change({ ...step, document })}
      />
      <JsonField
        label="Parameters of the document"
        description={PARAMETERS}
        value={step.parameters}
        error={errorOf("parameters")}
        change={(value) => change({ ...step, parameters: value as typeof step.parameters })}
      />
    </>
  );
}

function LambdaFields({ step, path, change }: Of<"LAMBDA">) {
  const errorOf = useErrors(path);
  return (
    <>
      <TextField
        label="Function"
        value={step.function}
        error={errorOf("function")}
        change={(name) => change({ ...step, function: name })}
      />
      <JsonField
        label="Payload"
        description="A JSON object"
        value={step.payload}
        error={errorOf("payload")}
        change={(value) => change({ ...step, payload: value as typeof step.payload })}
      />
    </>
  );
}

const METHODS = ["GET", "HEAD", "POST"].map((value) => ({ value, label: value }));

function HttpFields({ step, path, change }: Of<"HTTP">) {
  const errorOf = useErrors(path);
  return (
    <>
      <TextField
        label="Address"
        description="{privateIp} stands for the address of each server."
        value={step.url}
        error={errorOf("url")}
        change={(url) => change({ ...step, url })}
      />
      <ColumnLayout columns={3}>
        <FormField label="Method">
          <Select
            selectedOption={{ value: step.method, label: step.method }}
            options={METHODS}
            onChange={({ detail }) =>
              change({ ...step, method: detail.selectedOption.value as typeof step.method })
            }
          />
        </FormField>
        <NumberField
          label="Expected status"
          value={step.expectedStatus}
          error={errorOf("expectedStatus")}
          change={(value) => change({ ...step, expectedStatus: value ?? Number.NaN })}
        />
        <TextField
          label="Name on the certificate"
          value={step.serverName}
          error={errorOf("serverName")}
          change={(serverName) => change({ ...step, serverName })}
        />
      </ColumnLayout>
    </>
  );
}

function TcpFields({ step, path, change }: Of<"TCP">) {
  const errorOf = useErrors(path);
  return (
    <ColumnLayout columns={2}>
      <TextField
        label="Host"
        description="Empty: each server of the wave."
        value={step.host}
        error={errorOf("host")}
        change={(host) => change({ ...step, host })}
      />
      <NumberField
        label="Port"
        value={step.port}
        error={errorOf("port")}
        change={(value) => change({ ...step, port: value ?? Number.NaN })}
      />
    </ColumnLayout>
  );
}

function useErrors(path: string): (field: string) => string {
  const { edit } = useEdit();
  return (field) => at(edit.problems, `${path}.${field}`);
}

function ofItself(problems: readonly Problem[], path: string): string {
  return problems
    .filter(({ field }) => field === path)
    .map(({ message }) => message)
    .join(" ");
}
