import Button from "@cloudscape-design/components/button";
import { memo } from "react";
import { Time } from "../../parts/Time";
import { isByPerson, kindInWords, type Line } from "./lines";

interface Props {
  line: Line;
  onWave: (wave: number) => void;
}

/** One line: when, which wave, the API's sentence as it is; details fold out. */
export const TimelineLine = memo(function TimelineLine({ line, onWave }: Props) {
  const { at, waveNumber, message, kind, details } = line;
  const facts = Object.entries(details);
  return (
    <li className={isByPerson(line) ? "line line-person" : "line"}>
      <span className="line-time">
        <Time at={at} as="clock" />
      </span>
      <span className="line-sign">{isByPerson(line) ? <Person /> : null}</span>
      <span className="line-wave">
        {waveNumber === null ? null : (
          <Button
            variant="inline-link"
            onClick={() => onWave(waveNumber)}
            ariaLabel={`Only wave ${waveNumber}`}
          >
            Wave {waveNumber}
          </Button>
        )}
      </span>
      <div className="line-text">
        <span className="cell-text">{message}</span>
        {facts.length === 0 ? null : (
          <details>
            <summary className="quiet">{kindInWords(kind)}</summary>
            <dl className="line-facts">
              {facts.map(([name, value]) => (
                <div key={name}>
                  <dt className="quiet">{name}</dt>
                  <dd className="cell-text">{value}</dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </div>
    </li>
  );
});

function Person() {
  return (
    <svg className="glyph" width="16" height="16" viewBox="0 0 16 16" role="img" aria-label="By a person">
      <circle cx="8" cy="5" r="3" fill="currentColor" />
      <path d="M2.5 14.5c0-7 11-7 11 0z" fill="currentColor" />
    </svg>
  );
}
