import SpaceBetween from "@cloudscape-design/components/space-between";
import { useCallback, useDeferredValue, useMemo } from "react";
import { counted } from "../../format/numbers";
import { Loaded } from "../../parts/Loaded";
import { CountsBar } from "../../states/CountsBar";
import type { Detail } from "../run";
import { waveTitle } from "../run";
import { isFiltered, NO_FILTER } from "../selection";
import type { ViewProps } from "../Views";
import { CountsFilter } from "./CountsFilter";
import { type Gathered, isComplete } from "./gathered";
import { MosaicPicture } from "./MosaicPicture";
import { byUrgency, filtered, placesOf } from "./rows";
import { ServerFilters } from "./ServerFilters";
import { ServerPanel } from "./ServerPanel";
import { ServerTable } from "./ServerTable";
import { useServers } from "./use_servers";
import { useWidth } from "./use_width";
import "./servers.css";

/** Above this many servers a block of the mosaic becomes a bar. */
const MOST_SQUARES = 2_000;

export default function ServersView(props: ViewProps) {
  const servers = useServers(props.detail);
  return (
    <Loaded result={servers} what="The servers">
      {(gathered) => <Servers {...props} gathered={gathered} />}
    </Loaded>
  );
}

function Servers({ detail, selection, select, gathered }: ViewProps & { gathered: Gathered }) {
  // The rows may follow a keystroke a little later than the field.
  const later = useDeferredValue(selection);
  const all = useMemo(() => [...gathered.rows.values()], [gathered.rows]);
  const shown = useMemo(() => byUrgency(filtered(all, later)), [all, later]);
  const inOtherStates = useMemo(() => filtered(all, { ...later, state: "" }), [all, later]);
  const places = useMemo(() => placesOf(all), [all]);
  const chosen = gathered.rows.get(selection.server);
  const onSelect = useCallback((server: string) => select({ server }), [select]);
  const onClear = useCallback(() => select(NO_FILTER), [select]);
  return (
    <SpaceBetween size="s">
      <CountsFilter rows={inOtherStates} chosen={selection.state} onChoose={(state) => select({ state })} />
      <Picture detail={detail} gathered={gathered} selected={selection.server} onSelect={onSelect} />
      <ServerFilters detail={detail} selection={selection} select={select} places={places} />
      <p className="quiet" role="status">
        {counted(shown.length, "server")} shown of {counted(all.length, "server")}
        {isComplete(gathered) ? "" : ", their details are still being read"}
      </p>
      <div className={chosen === undefined ? undefined : "with-panel"}>
        <div className="with-panel-main">
          <ServerTable
            executionId={detail.execution.executionId}
            rows={shown}
            selected={selection.server}
            onSelect={onSelect}
            onClear={onClear}
            isFiltered={isFiltered(later)}
          />
        </div>
        {chosen === undefined ? null : (
          <aside className="panel" aria-label="Selected server">
            <ServerPanel
              executionId={detail.execution.executionId}
              row={chosen}
              onClose={() => select({ server: "" })}
            />
          </aside>
        )}
      </div>
    </SpaceBetween>
  );
}

interface PictureProps {
  detail: Detail;
  gathered: Gathered;
  selected: string;
  onSelect: (server: string) => void;
}

function Picture({ detail, gathered, selected, onSelect }: PictureProps) {
  const [frame, width] = useWidth();
  return (
    <div ref={frame} className="mosaic-frame">
      {gathered.rows.size > MOST_SQUARES ? (
        detail.waves.map((wave) => (
          <div key={wave.waveNumber} className="mosaic-bar">
            <span>Wave {waveTitle(wave)}</span> <CountsBar counts={wave.counts} total={wave.serverCount} />
          </div>
        ))
      ) : width > 0 ? (
        <MosaicPicture rows={gathered.rows} width={width} selected={selected} onSelect={onSelect} />
      ) : null}
    </div>
  );
}
