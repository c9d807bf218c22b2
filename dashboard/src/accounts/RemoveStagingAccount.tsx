import { Confirmation } from "../acts/Confirmation";
import { useAct } from "../live/use_act";

interface Props {
  accountId: string;
  stagingAccountId: string;
  onLeave: () => void;
}

export function RemoveStagingAccount({ accountId, stagingAccountId, onLeave }: Props) {
  const remove = useAct("delete", "/accounts/targets/{accountId}/staging-accounts/{stagingAccountId}", [
    "/accounts/targets/{accountId}/staging-accounts",
    "/accounts/targets/{accountId}/staging-accounts/discover",
    "/accounts/targets/{accountId}/capacity",
  ]);
  return (
    <Confirmation
      title={`Remove the staging account ${stagingAccountId}?`}
      toType={stagingAccountId}
      safe="Keep"
      dangerous="Remove staging account"
      underWay="Removing"
      isPending={remove.isPending}
      failure={remove.error}
      onLeave={onLeave}
      onConfirm={() => remove.mutate({ path: { accountId, stagingAccountId } }, { onSuccess: onLeave })}
    >
      No further servers of it are extended. Those that are extended stay in this account and can be
      recovered.
    </Confirmation>
  );
}
