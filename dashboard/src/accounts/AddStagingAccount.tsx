import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { ActFailure } from "../acts/ActFailure";
import { ONCE } from "../live/pace";
import { useAct } from "../live/use_act";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { useUser, whyNever, whyNot } from "../session/permissions";

interface Props {
  accountId: string;
  onCheck: (stagingAccountId: string) => void;
}

/** Adds a staging account: one that DRS names already, or by its number. */
export function AddStagingAccount({ accountId, onCheck }: Props) {
  const user = useUser();
  const [isLooking, setLooking] = useState(false);
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const found = useRead(
    "/accounts/targets/{accountId}/staging-accounts/discover",
    { path: { accountId } },
    { pace: ONCE, enabled: isLooking },
  );
  const add = useAct("post", "/accounts/targets/{accountId}/staging-accounts", [
    "/accounts/targets/{accountId}/staging-accounts",
    "/accounts/targets/{accountId}/staging-accounts/discover",
  ]);
  const reason = whyNot(user, "POST /accounts/targets/{accountId}/staging-accounts");
  const never = whyNever(user, "POST /accounts/targets/{accountId}/staging-accounts");
  const isWhole = /^[0-9]{12}$/.test(id.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isWhole || reason !== "" || add.isPending) return;
    add.mutate(
      { path: { accountId }, body: { stagingAccountId: id.trim(), name: name.trim() } },
      {
        onSuccess: () => {
          setId("");
          setName("");
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <SpaceBetween size="m">
        <div className="add-line">
          <FormField label="Staging account" constraintText="12 digits">
            <Input
              value={id}
              inputMode="numeric"
              disabled={never !== ""}
              onChange={({ detail }) => setId(detail.value)}
            />
          </FormField>
          <FormField label="Name" constraintText="May be empty">
            <Input value={name} disabled={never !== ""} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
        </div>
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            formAction="submit"
            disabled={reason !== "" || !isWhole}
            disabledReason={reason || "The number of an AWS account has 12 digits."}
            loading={add.isPending}
            loadingText="Adding"
          >
            Add
          </Button>
          <Button
            formAction="none"
            disabled={!isWhole}
            disabledReason="The number of an AWS account has 12 digits."
            onClick={() => onCheck(id.trim())}
          >
            Validate first
          </Button>
          <Button
            formAction="none"
            loading={found.isFetching}
            loadingText="Asking DRS"
            onClick={() => setLooking(true)}
          >
            Find accounts that DRS names
          </Button>
        </SpaceBetween>
        <ActFailure failure={add.error} />
        {isLooking ? (
          <Loaded result={found} what="What DRS names">
            {({ items, problems }) => (
              <ul className="plain-list">
                {items.length === 0 ? <li className="quiet">DRS names no staging account.</li> : null}
                {items.map((each) => (
                  <li key={each.stagingAccountId}>
                    {each.name} {each.stagingAccountId} in {each.regions.join(", ")}{" "}
                    {each.added ? (
                      <span className="quiet">added</span>
                    ) : (
                      <Button
                        variant="inline-link"
                        formAction="none"
                        ariaLabel={`Take it: ${each.stagingAccountId}`}
                        onClick={() => {
                          setId(each.stagingAccountId);
                          setName(each.name);
                        }}
                      >
                        Take it
                      </Button>
                    )}
                  </li>
                ))}
                {problems.map((problem) => (
                  <li key={problem} className="mark-attention">
                    {problem}
                  </li>
                ))}
              </ul>
            )}
          </Loaded>
        ) : null}
      </SpaceBetween>
    </form>
  );
}
