import { StateMark } from "../../states/StateMark";
import { type Detail, type Wave, waveTitle } from "../run";
import { shownCounts } from "./words";

interface Props {
  detail: Detail;
  selected: number | null;
  onSelect: (wave: number) => void;
}

/** The waves as a list: for small screens, for print, and for who prefers it. */
export function WaveList({ detail, selected, onSelect }: Props) {
  return (
    <ol className="wave-list" aria-label="Waves">
      {detail.waves.map((wave) => (
        <li key={wave.waveNumber} className={selected === wave.waveNumber ? "wave-line-selected" : undefined}>
          <button
            type="button"
            className="wave-line"
            aria-pressed={selected === wave.waveNumber}
            onClick={() => onSelect(wave.waveNumber)}
          >
            <strong>{waveTitle(wave)}</strong>
            <StateMark kind="wave" value={wave.status} />
            <Counts wave={wave} />
          </button>
          <div className="quiet">
            {startsAfter(wave)}
            {wave.approvalRequired ? " · needs an approval" : ""}
            {wave.waitingFor === null ? "" : ` · ${wave.waitingFor.text}`}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Counts({ wave }: { wave: Wave }) {
  const { launched, failed } = shownCounts(wave);
  return (
    <span className="figures">
      {launched} of {wave.serverCount} launched
      {failed > 0 ? <span className="mark-failed"> · ✕ {failed} failed</span> : null}
    </span>
  );
}

function startsAfter({ dependsOn }: Wave): string {
  if (dependsOn.length === 0) return "starts at once";
  return `after ${dependsOn.length === 1 ? "wave" : "waves"} ${dependsOn.join(", ")}`;
}
