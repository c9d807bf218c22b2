import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useSearchParams } from "react-router";
import { duration } from "../../format/durations";
import { counted, number } from "../../format/numbers";
import { Loaded } from "../../parts/Loaded";
import { GlyphIcon } from "../../states/GlyphIcon";
import { READINESS } from "../../states/marks";
import { StateMark } from "../../states/StateMark";
import { Causes } from "./Causes";
import { CheckLine } from "./CheckLine";
import { type CheckResult, countOf, type Readiness } from "./check";
import type { Check } from "./use_check";
import { VerdictTable } from "./VerdictTable";

const COUNTED: readonly Readiness[] = ["READY", "DEGRADED", "BLOCKED"];

/** What a check has found: its sentence, counts that filter, findings by cause, and each server. */
export function PreflightView({ check }: { check: Check }) {
  return (
    <SpaceBetween size="l">
      <CheckLine check={check} />
      <Loaded result={check.read} what="The preflight">
        {() => (check.result === undefined ? null : <Result check={check} result={check.result} />)}
      </Loaded>
    </SpaceBetween>
  );
}

function Result({ check, result }: { check: Check; result: CheckResult }) {
  const [search, setSearch] = useSearchParams();
  const readiness = search.get("readiness") ?? "";
  const code = search.get("code") ?? "";
  const filter = (name: "readiness" | "code", value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        next.delete("readiness");
        next.delete("code");
        if (before.get(name) !== value) next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return (
    <SpaceBetween size="l">
      <p className="statement">
        <strong>{result.statement}</strong>
      </p>
      <fieldset className="verdicts">
        <legend className="only-read">Servers by verdict; each filters the table</legend>
        {COUNTED.map((each) => (
          <button
            key={each}
            type="button"
            className={`verdict mark-${READINESS[each].family}`}
            aria-pressed={readiness === each}
            onClick={() => filter("readiness", each)}
          >
            <GlyphIcon glyph={READINESS[each].glyph} size={20} />
            <span className="verdict-count figures">{number(countOf(result, each))}</span>
            <span>{READINESS[each].word}</span>
          </button>
        ))}
      </fieldset>
      <Notes result={result} />
      <Causes causes={result.causes} chosen={code} choose={(each) => filter("code", each)} />
      <VerdictTable
        servers={check.servers}
        notShown={check.notShown}
        readiness={readiness}
        code={code}
        clear={() => filter(readiness === "" ? "code" : "readiness", readiness === "" ? code : readiness)}
      />
    </SpaceBetween>
  );
}

function Notes({ result: { findings, notCheckedCount, pointSkewSeconds } }: { result: CheckResult }) {
  if (findings.length === 0 && notCheckedCount === 0 && pointSkewSeconds === null) return null;
  return (
    <Container header={<Header variant="h2">The plan as a whole</Header>}>
      <ul className="rows">
        {findings.map((finding) => (
          <li key={`${finding.code} ${finding.reason}`} className="row">
            <StateMark kind="readiness" value={finding.readiness} />
            <div className="row-main">
              {finding.reason} <span className="quiet">{finding.remedy}</span>
            </div>
          </li>
        ))}
        {notCheckedCount === 0 ? null : (
          <li className="row">
            {counted(notCheckedCount, "server")} could not be checked completely, and never count as ready.
          </li>
        )}
        {pointSkewSeconds === null ? null : (
          <li className="row">The data of the servers is up to {duration(pointSkewSeconds)} apart.</li>
        )}
      </ul>
    </Container>
  );
}
