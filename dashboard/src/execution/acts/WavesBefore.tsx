import { counted } from "../../format/numbers";
import { StateMark } from "../../states/StateMark";
import { type Detail, type Offer, type Wave, waveTitle } from "../run";

/** What the person who approves has to know: how the waves before have gone. */
export function WavesBefore({ offer, detail }: { offer: Offer; detail: Detail }) {
  const wave = detail.waves.find(({ waveNumber }) => waveNumber === offer.waveNumber);
  const before = detail.waves.filter(({ waveNumber }) => wave?.dependsOn.includes(waveNumber));
  if (wave === undefined) return null;
  return (
    <div>
      <div>It has {counted(wave.serverCount, "server")}.</div>
      {before.length === 0 ? (
        <div className="quiet">No wave comes before it.</div>
      ) : (
        <ul className="plain-list" aria-label="Waves before">
          {before.map((each) => (
            <li key={each.waveNumber}>
              Wave {waveTitle(each)}: <StateMark kind="wave" value={each.status} /> · {resultOf(each)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function resultOf({ launchedCount, serverCount, failedCount, counts }: Wave): string {
  const checked = counts === null ? "" : `, ${counts.validated} of them checked`;
  return `${launchedCount} of ${counted(serverCount, "server")} launched${checked}, ${failedCount} failed`;
}
