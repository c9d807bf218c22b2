import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { useUser, whyNot } from "../session/permissions";
import { GlyphIcon } from "../states/GlyphIcon";
import { type FirstStep, firstSteps } from "./first_steps";

/** Until there is a plan: what has to be done first, with what is done already. */
export function FirstSteps() {
  const [accounts, groups, plans] = [
    useRead("/accounts/targets", { query: { limit: 1 } }),
    useRead("/protection-groups", { query: { limit: 1 } }),
    useRead("/recovery-plans", { query: { limit: 1 } }),
  ];
  const steps = firstSteps({
    hasAccount: has(accounts.data),
    hasGroup: has(groups.data),
    hasPlan: has(plans.data),
  });
  if (steps === null) return null;
  return (
    <Container header={<Header description="Three steps to the first drill.">First steps</Header>}>
      <ol className="first-steps">
        {steps.map((step) => (
          <Step key={step.to} step={step} />
        ))}
      </ol>
    </Container>
  );
}

function Step({ step: { call, to, name, does, isDone, isNext } }: { step: FirstStep }) {
  const reason = whyNot(useUser(), call);
  return (
    <li className="first-step">
      <span className={`mark mark-${isDone ? "good" : "inactive"}`}>
        <GlyphIcon glyph={isDone ? "check" : "ring"} size={20} />
      </span>
      <div className="row-main">
        <strong>{name}</strong>
        <div className="quiet">{does}</div>
      </div>
      {isDone ? (
        <span className="mark-good">done</span>
      ) : (
        <AppButton
          to={to}
          variant={isNext ? "primary" : "normal"}
          disabled={reason !== ""}
          disabledReason={reason}
        >
          {name}
        </AppButton>
      )}
    </li>
  );
}

function has(page: { items: unknown[] } | undefined): boolean | undefined {
  return page === undefined ? undefined : page.items.length > 0;
}
