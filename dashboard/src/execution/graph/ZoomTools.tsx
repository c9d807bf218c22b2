import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";

interface Props {
  /** Null: as large as fits. */
  zoom: number | null;
  change: (zoom: number | null) => void;
}

const STEP = 1.25;
const [SMALLEST, LARGEST] = [0.2, 3];

/** How large a graph is drawn; it fits until somebody chooses. */
export function ZoomTools({ zoom, change }: Props) {
  return (
    <SpaceBetween direction="horizontal" size="xxs">
      <Button onClick={() => change(null)}>Fit</Button>
      <Button onClick={() => change(1)}>100 %</Button>
      <Button
        iconName="zoom-in"
        ariaLabel="Larger"
        onClick={() => change(Math.min(LARGEST, (zoom ?? 1) * STEP))}
      />
      <Button
        iconName="zoom-out"
        ariaLabel="Smaller"
        onClick={() => change(Math.max(SMALLEST, (zoom ?? 1) / STEP))}
      />
    </SpaceBetween>
  );
}
