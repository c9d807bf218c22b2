import DatePicker from "@cloudscape-design/components/date-picker";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TimeInput from "@cloudscape-design/components/time-input";
import { Suspense } from "react";
import { roughDuration } from "../../format/durations";
import { type Zone, zoneName } from "../../format/times";
import { serverNow } from "../../live/server_clock";
import { lazyPart } from "../../parts/lazy_part";
import type { CheckResult, Verdict } from "../preflight/check";
import type { Data, DataKind } from "./data";

const PointChoice = lazyPart(() => import("./PointChoice"));

interface Props {
  data: Data;
  zone: Zone;
  disabled: boolean;
  servers: readonly Verdict[];
  result: CheckResult | undefined;
  change: (data: Data) => void;
}

/** From which data: the newest, that of a moment, or chosen points. */
export function DataChoice({ data, zone, disabled, servers, result, change }: Props) {
  return (
    <SpaceBetween size="m">
      <RadioGroup
        value={data.kind}
        ariaLabel="From which data"
        onChange={({ detail }) => change({ ...data, kind: detail.value as DataKind })}
        items={[
          { value: "newest", label: "Newest", description: "Each server as it was last copied.", disabled },
          {
            value: "moment",
            label: "A moment",
            description: "Each server from its newest recovery point that is not after it.",
            disabled,
          },
          {
            value: "points",
            label: "Points one by one",
            description: "Chosen recovery points of some servers, the newest of the others.",
            disabled,
          },
        ]}
      />
      {data.kind === "moment" ? (
        <Moment data={data} zone={zone} disabled={disabled} result={result} change={change} />
      ) : null}
      {data.kind === "points" ? (
        <Suspense>
          <PointChoice
            servers={servers}
            points={data.points}
            disabled={disabled}
            change={(points) => change({ ...data, points })}
          />
        </Suspense>
      ) : null}
    </SpaceBetween>
  );
}

function Moment({ data, zone, disabled, result, change }: Omit<Props, "servers">) {
  const skew = result?.pointInTime === null ? null : result?.pointSkewSeconds;
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="m">
        <FormField label="Date">
          <DatePicker
            value={data.date}
            disabled={disabled}
            placeholder="YYYY/MM/DD"
            onChange={({ detail }) => change({ ...data, date: detail.value })}
          />
        </FormField>
        <FormField label={`Time in ${zoneName(serverNow(), zone)}`}>
          <TimeInput
            value={data.time}
            disabled={disabled}
            format="hh:mm"
            placeholder="hh:mm"
            onChange={({ detail }) => change({ ...data, time: detail.value })}
          />
        </FormField>
      </SpaceBetween>
      {skew === null || skew === undefined ? null : (
        <span>
          The chosen points are {skew === 0 ? "of the same time" : `up to ${roughDuration(skew)} apart`}; the
          preflight below shows the point of each server.
        </span>
      )}
    </SpaceBetween>
  );
}
