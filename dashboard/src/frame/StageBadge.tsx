/** Which installation this is, in a word and a shape, so that nobody mistakes a rehearsal for production. */
export function StageBadge({ stage }: { stage: string }) {
  const isProduction = stage.startsWith("prod");
  return (
    <span className={`stage ${isProduction ? "stage-production" : "stage-other"}`}>
      {stage.toUpperCase()}
      {isProduction ? null : (
        <span className="stage-note">{stage === "local" ? "Rehearsal world" : "Not production"}</span>
      )}
    </span>
  );
}
