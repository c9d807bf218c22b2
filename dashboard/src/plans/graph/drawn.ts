import type { GraphWave } from "../../execution/graph/layers";
import type { Wave } from "../content";

export interface DrawnWave extends GraphWave {
  wave: Wave;
}

/** The waves of a plan as the graph takes them. */
export function drawn(waves: readonly Wave[]): DrawnWave[] {
  return waves.map((wave) => ({ waveNumber: wave.number, dependsOn: wave.dependsOn, wave }));
}
