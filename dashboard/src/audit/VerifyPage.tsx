import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import DatePicker from "@cloudscape-design/components/date-picker";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { number } from "../format/numbers";
import { useAddress } from "../lists/use_address";
import { Failure } from "../parts/Failure";
import { Page } from "../parts/Page";
import { GlyphIcon } from "../states/GlyphIcon";
import { useVerification, type Verified } from "./use_verification";

/** Compares the audit log of a day, or the timeline of an execution, with the sealed evidence, link by link. */
export default function VerifyPage() {
  const [params, choose] = useAddress();
  const day = params.get("day") ?? "";
  const executionId = params.get("executionId") ?? "";
  const { verified, isRunning, failure, start } = useVerification();
  return (
    <Page
      title="Verify the chain"
      within="Audit log"
      description="Every change of the audit log is sealed in a chain of hashes, in a bucket that nobody can overwrite. This compares the two."
    >
      <SpaceBetween size="l">
        <Container>
          <SpaceBetween size="m">
            <div className="add-line">
              <FormField label="Day in UTC" description="Empty: today.">
                <DatePicker
                  placeholder="YYYY-MM-DD"
                  format="iso"
                  value={day}
                  openCalendarAriaLabel={() => "Choose the day"}
                  onChange={({ detail }) => choose({ day: detail.value, executionId: "" })}
                />
              </FormField>
              <FormField label="Or an execution" description="Its id; its timeline has a chain of its own.">
                <Input
                  value={executionId}
                  onChange={({ detail }) => choose({ executionId: detail.value, day: "" })}
                />
              </FormField>
            </div>
            <Button
              variant="primary"
              loading={isRunning}
              loadingText={`Comparing, link ${number(verified?.lastLink ?? 0)}`}
              onClick={() => void start({ day, executionId: executionId.trim() })}
            >
              Verify
            </Button>
          </SpaceBetween>
        </Container>
        {failure === null ? null : <Failure failure={failure} what="The evidence" />}
        {verified === undefined ? null : <Outcome verified={verified} isRunning={isRunning} />}
      </SpaceBetween>
    </Page>
  );
}

function Outcome({ verified, isRunning }: { verified: Verified; isRunning: boolean }) {
  const { chain, links, changes, firstBreak, lastHash, lastLink, isWhole } = verified;
  return (
    <Container>
      <SpaceBetween size="m">
        <div role="status">
          {firstBreak !== null ? (
            <p className="sentence mark mark-failed">
              <GlyphIcon glyph="cross" />
              <span>
                The chain breaks at link {number(firstBreak.link)}, {firstBreak.item}: {firstBreak.problem}
              </span>
            </p>
          ) : links === 0 && !isRunning ? (
            <p className="sentence mark mark-unknown">
              <GlyphIcon glyph="question" />
              Nothing has been sealed yet for this, so that nothing could be compared.
            </p>
          ) : isWhole ? (
            <p className="sentence mark mark-good">
              <GlyphIcon glyph="check" />
              The chain is whole: {number(links)} links with {number(changes)} changes agree with the log.
            </p>
          ) : (
            <p className="sentence mark mark-working">
              <GlyphIcon glyph="arc" />
              {number(links)} links agree so far.
            </p>
          )}
        </div>
        <KeyValuePairs
          columns={3}
          minColumnWidth={190}
          items={[
            { label: "Chain", value: chain },
            { label: "Last link", value: number(lastLink) },
            { label: "Its hash", value: <span className="wrapped">{lastHash || "–"}</span> },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}
