import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { Loaded } from "../../parts/Loaded";
import { waveTitle } from "../run";
import { NO_FILTER } from "../selection";
import { Choice } from "../servers/ServerFilters";
import { NOW } from "../use_keys";
import type { ViewProps } from "../Views";
import { filteredLines, kindInWords, type Lines, MOST_LINES } from "./lines";
import { TimelineLine } from "./TimelineLine";
import { useTimeline } from "./use_timeline";

const SHOWN_AT_ONCE = 100;

export default function TimelineView(props: ViewProps) {
  const timeline = useTimeline(props.detail);
  return (
    <Loaded result={timeline} what="The timeline">
      {(lines) => <Timeline {...props} lines={lines} />}
    </Loaded>
  );
}

function Timeline({ detail, selection, select, lines }: ViewProps & { lines: Lines }) {
  const [most, setMost] = useState(SHOWN_AT_ONCE);
  const { head, shown, news, showAll } = useUnderThePointer(lines);
  const { kind, people: peopleOnly } = selection;
  const filter = { wave: selection.wave, kind, peopleOnly, text: useDeferredValue(selection.text) };
  const matching = filteredLines(shown, filter);
  const kinds = [...new Set(lines.lines.map((line) => line.kind))].sort();
  return (
    <SpaceBetween size="s">
      <div className="filters" ref={head}>
        <Input
          type="search"
          value={selection.text}
          placeholder="Text"
          ariaLabel="Find in the timeline"
          onChange={({ detail: { value } }) => select({ text: value })}
        />
        <Choice
          label="Wave"
          all="All waves"
          options={detail.waves.map((wave) => ({ value: String(wave.waveNumber), label: waveTitle(wave) }))}
          value={selection.wave === null ? "" : String(selection.wave)}
          onChange={(value) => select({ wave: value === "" ? null : Number(value) })}
        />
        <Choice
          label="Kind"
          all="All kinds"
          options={kinds.map((value) => ({ value, label: kindInWords(value) }))}
          value={kind}
          onChange={(value) => select({ kind: value })}
        />
        <Toggle checked={peopleOnly} onChange={({ detail: { checked } }) => select({ people: checked })}>
          People only
        </Toggle>
      </div>
      {news === 0 ? null : (
        <div className="news">
          <Button onClick={showAll} iconName="angle-up">
            {news} new {news === 1 ? "line" : "lines"}
          </Button>
        </div>
      )}
      {matching.length === 0 ? (
        <p className="quiet">
          No line matches.{" "}
          <Button variant="inline-link" onClick={() => select({ ...NO_FILTER, kind: "", people: false })}>
            Clear the filter
          </Button>
        </p>
      ) : null}
      <ol
        className="timeline"
        aria-label="Timeline, newest first"
        tabIndex={-1}
        onFocus={(event) => (event.target === event.currentTarget && news > 0 ? showAll() : undefined)}
        {...{ [NOW]: "" }}
      >
        {matching.slice(0, most).map((line) => (
          <TimelineLine key={line.eventId} line={line} onWave={(wave) => select({ wave })} />
        ))}
      </ol>
      {matching.length > most ? (
        <Button onClick={() => setMost(most + SHOWN_AT_ONCE)}>Show {SHOWN_AT_ONCE} older lines</Button>
      ) : null}
      {lines.older !== null && lines.lines.length >= MOST_LINES ? (
        <p className="quiet">Older lines than these {MOST_LINES} are not shown. The API lists them.</p>
      ) : null}
    </SpaceBetween>
  );
}

/** New lines come by themselves only while the top of the list is in sight; else a button counts them. */
function useUnderThePointer({ lines }: Lines) {
  const head = useRef<HTMLDivElement>(null);
  const [newest, setNewest] = useState(lines[0]?.eventId ?? "");
  const latest = lines[0]?.eventId ?? "";
  const showAll = () => {
    setNewest(latest);
    head.current?.scrollIntoView({ block: "center" });
  };
  useEffect(() => {
    const top = head.current?.getBoundingClientRect().bottom ?? 0;
    if (top > 0) setNewest(latest);
  }, [latest]);
  const shown = lines.filter(({ eventId }) => eventId <= newest);
  return { head, shown, news: lines.length - shown.length, showAll };
}
