import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import { counted } from "../../format/numbers";
import type { Wave } from "../content";
import { type Problem, waveOf } from "./rules";

interface Props {
  problems: readonly Problem[];
  waves: readonly Wave[];
  select: (wave: number) => void;
}

/** All problems; each leads to the form that has its field. */
export function ProblemList({ problems, waves, select }: Props) {
  if (problems.length === 0) return null;
  return (
    <ExpandableSection headerText={counted(problems.length, "problem")} variant="container">
      <ul className="problems">
        {problems.map((problem) => {
          const number = waveOf(problem) ?? 0;
          const name = waves[number - 1]?.name ?? "";
          return (
            <li key={`${problem.field} ${problem.message}`}>
              <Button variant="inline-link" onClick={() => select(number)}>
                {number === 0 ? "The plan" : `Wave ${number} ${name}`}
              </Button>{" "}
              {fieldOf(problem)}: {problem.message}
            </li>
          );
        })}
      </ul>
    </ExpandableSection>
  );
}

const fieldOf = ({ field }: Problem): string => field.replace(/^waves\[\d+\]\.?/, "") || "wave";
