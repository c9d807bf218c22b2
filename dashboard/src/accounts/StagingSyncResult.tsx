import type { Schemas } from "../api/schemas";
import { counted, number } from "../format/numbers";
import { GlyphIcon } from "../states/GlyphIcon";

/** What came of extending: by account and Region, with each server that DRS refused. */
export function StagingSyncResult({ result }: { result: Schemas["StagingSync"] }) {
  return (
    <div role="status">
      <p className="sentence">
        {counted(result.extended, "server")} extended
        {result.left === 0 ? "." : `, ${number(result.left)} left for the next sync.`}
      </p>
      <ul className="checklist">
        {result.items.map((item) => (
          <li key={`${item.stagingAccountId} ${item.region}`}>
            <span className={item.problem === "" ? "mark-good" : "mark-failed"}>
              <GlyphIcon glyph={item.problem === "" ? "check" : "cross"} />
            </span>
            <div>
              {item.stagingAccountId} {item.region}: {number(item.extended)} of {number(item.extensible)}{" "}
              extended. {item.problem}
              <ul className="sentences">
                {item.refused.map(({ hostname, reason, sourceServerArn }) => (
                  <li key={sourceServerArn}>
                    {hostname}: {reason}
                  </li>
                ))}
              </ul>
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
