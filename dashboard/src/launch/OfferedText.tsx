import Autosuggest from "@cloudscape-design/components/autosuggest";
import { useState } from "react";
import { ONCE } from "../live/pace";
import { useRead } from "../live/use_read";
import type { Place } from "./FieldInput";
import type { Field } from "./fields";
import { inWords, type Value, valueOfText } from "./levels";

interface Props {
  field: Field;
  value: Value | undefined;
  onChange: (value: Value | undefined) => void;
  disabled: boolean;
  place?: Place | undefined;
}

/** A text, with what EC2 offers in the account and Region to choose from. Anything else may be typed, too. */
export function OfferedText({ field, value, onChange, disabled, place }: Props) {
  const [text, setText] = useState(value === undefined ? "" : inWords(value));
  const { options, problem } = useOffered(field.offered, place);
  const isList = field.kind === "list";
  const begun = isList ? text.slice(0, text.lastIndexOf(",") + 1) : "";
  const take = (typed: string) => {
    setText(typed);
    onChange(valueOfText(field.kind, typed));
  };
  return (
    <>
      <Autosuggest
        ariaLabel={`${field.label}: value`}
        value={text}
        disabled={disabled}
        expandToViewport
        placeholder={isList ? "One or more, with commas between them" : ""}
        enteredTextLabel={(typed) => `Use ${typed}`}
        options={options.map((option) => ({
          ...option,
          value: `${begun}${begun === "" ? "" : " "}${option.value}`,
        }))}
        filteringType={isList ? "none" : "auto"}
        empty="Nothing is offered; type the value."
        onChange={({ detail }) => take(detail.value)}
      />
      {problem === "" ? null : <span className="mark-attention">{problem}</span>}
    </>
  );
}

interface Offer {
  value: string;
  description: string;
}

function useOffered(what: Field["offered"], place: Place | undefined): { options: Offer[]; problem: string } {
  const query = { accountId: place?.accountId ?? "", region: place?.region ?? "", limit: 100 };
  const asks = (wanted: Field["offered"]) => ({
    pace: ONCE,
    enabled: place !== undefined && what === wanted,
  });
  const subnets = useRead("/ec2/subnets", { query }, asks("subnets"));
  const groups = useRead("/ec2/security-groups", { query }, asks("security-groups"));
  const types = useRead("/ec2/instance-types", { query }, asks("instance-types"));
  const profiles = useRead("/ec2/instance-profiles", { query }, asks("instance-profiles"));
  const options = [
    ...(subnets.data?.items ?? []).map((each) => ({
      value: each.subnetId,
      description: `${each.name || "without a name"} · ${each.cidr} · ${each.availabilityZone} · ${each.freeAddresses} addresses free`,
    })),
    ...(groups.data?.items ?? []).map((each) => ({
      value: each.groupId,
      description: `${each.name} · ${each.vpcId}`,
    })),
    ...(types.data?.items ?? []).map((each) => ({
      value: each.instanceType,
      description: `${each.vcpus ?? "?"} vCPUs · ${each.memoryMib === null ? "?" : each.memoryMib / 1_024} GiB`,
    })),
    ...(profiles.data?.items ?? []).map((each) => ({ value: each.name, description: each.roles.join(", ") })),
  ];
  const failed = [subnets, groups, types, profiles].find(({ error }) => error !== null);
  return { options, problem: failed?.error?.message ?? "" };
}
