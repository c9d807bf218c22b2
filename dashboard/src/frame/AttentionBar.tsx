import { useSyncExternalStore } from "react";
import { roughDuration, secondsBetween } from "../format/durations";
import { decisionLink, needOf } from "../home/decisions";
import { type Decision, useDashboard, waitingIn } from "../home/use_dashboard";
import { serverNow } from "../live/server_clock";
import { AppLink } from "../parts/AppLink";
import { useNarrow } from "../parts/use_narrow";
import { zone } from "../settings/preferences";
import { GlyphIcon } from "../states/GlyphIcon";

const SHOWN = { wide: 2, narrow: 1 };

/** What waits for a person, oldest first, on every page; nothing when nothing waits. */
export function AttentionBar() {
  useSyncExternalStore(zone.follow, zone.get);
  const waiting = waitingIn(useDashboard().data);
  const most = useNarrow() ? SHOWN.narrow : SHOWN.wide;
  if (waiting.length === 0) return null;
  return (
    <section className="attention" aria-label="Waits for a person">
      <GlyphIcon glyph="warning" size={18} />
      <strong>{waiting.length === 1 ? "1 waits for a person" : `${waiting.length} wait for a person`}</strong>
      <ul>
        {waiting.slice(0, most).map((decision) => (
          <li key={`${decision.executionId} ${decision.waveNumber} ${decision.kind}`}>
            <AppLink to={decisionLink(decision)} variant="primary">
              {sentence(decision)}
            </AppLink>
          </li>
        ))}
      </ul>
      {waiting.length > most ? <AppLink to="/">and {waiting.length - most} more</AppLink> : null}
    </section>
  );
}

function sentence(decision: Decision): string {
  const left =
    decision.until === null
      ? ""
      : `, ${roughDuration(secondsBetween(new Date(serverNow()).toISOString(), decision.until))} left`;
  return `${decision.mode} ${decision.planName}: wave ${decision.waveNumber} ${needOf(decision)}${left}`;
}
