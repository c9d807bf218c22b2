import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Phase, STEP_TYPES, type Step, type StepType, type Wave } from "../content";
import { useWaveFields } from "./EditContext";
import { changeStep, moveStep } from "./edits";
import { NEW_STEPS } from "./new_steps";
import { StepForm } from "./StepForm";

interface Props {
  wave: Wave;
  phase: Phase;
  title: string;
}

/** The actions or checks of a wave, in the order in which they run. */
export function StepsForm({ wave, phase, title }: Props) {
  const { path, errorOf, set } = useWaveFields(wave);
  const steps = wave[phase];
  const change = (next: Step[], place = "") => set({ [phase]: next }, place);
  const hasProblem = errorOf(phase) !== "";
  return (
    <ExpandableSection
      key={`${path} ${phase}`}
      headerText={`${title} (${steps.length})${hasProblem ? ": has problems" : ""}`}
      defaultExpanded={hasProblem}
    >
      <SpaceBetween size="m">
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat and change as one types
          <div key={index} className="step">
            <div className="step-head">
              <strong>{STEP_TYPES[step.type]}</strong>
              <span>
                <Button
                  variant="icon"
                  iconName="angle-up"
                  ariaLabel={`Move ${step.name || "the step"} up`}
                  disabled={index === 0}
                  onClick={() => change(moveStep(steps, index, -1))}
                />
                <Button
                  variant="icon"
                  iconName="angle-down"
                  ariaLabel={`Move ${step.name || "the step"} down`}
                  disabled={index === steps.length - 1}
                  onClick={() => change(moveStep(steps, index, 1))}
                />
                <Button
                  variant="icon"
                  iconName="remove"
                  ariaLabel={`Remove ${step.name || "the step"}`}
                  onClick={() => change(steps.filter((_, at) => at !== index))}
                />
              </span>
            </div>
            <StepForm
              step={step}
              path={`${path}.${phase}[${index}]`}
              change={(next) => change(changeStep(steps, index, next), `${phase}[${index}]`)}
            />
          </div>
        ))}
        <ButtonDropdown
          items={(Object.keys(STEP_TYPES) as StepType[]).map((type) => ({
            id: type,
            text: STEP_TYPES[type],
          }))}
          onItemClick={({ detail }) => change([...steps, NEW_STEPS[detail.id as StepType]])}
        >
          Add
        </ButtonDropdown>
      </SpaceBetween>
    </ExpandableSection>
  );
}
