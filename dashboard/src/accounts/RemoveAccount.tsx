import { useNavigate } from "react-router";
import { Confirmation } from "../acts/Confirmation";
import { statement } from "../acts/statements";
import type { Schemas } from "../api/schemas";
import { counted } from "../format/numbers";
import { useAct } from "../live/use_act";
import { usePlaces } from "../places/use_places";

/** Removes the version of the account that is shown, when its number has been typed. */
export function RemoveAccount({
  account,
  onLeave,
}: {
  account: Schemas["AccountView"];
  onLeave: () => void;
}) {
  const navigate = useNavigate();
  const places = usePlaces().data?.items;
  const remove = useAct("delete", "/accounts/targets/{accountId}", [
    "/accounts/targets",
    "/drs/accounts",
    "/drs/source-servers",
    "/drs/source-servers/summary",
    "/accounts/capacity",
  ]);
  const count = places?.find(({ accountId }) => accountId === account.accountId)?.serverCount;
  return (
    <Confirmation
      title={`Remove account ${account.accountId}, ${account.name}?`}
      toType={account.accountId}
      safe="Keep"
      dangerous="Remove account"
      underWay="Removing"
      isPending={remove.isPending}
      failure={remove.error}
      onLeave={onLeave}
      onConfirm={() =>
        remove.mutate(
          { path: { accountId: account.accountId }, query: { version: account.version } },
          {
            onSuccess: ({ id, name }) => {
              statement.set(`The account ${name || id} was removed. Nothing has changed in it.`);
              navigate("/accounts");
            },
          },
        )
      }
    >
      {count === undefined
        ? "Its servers disappear"
        : `Its ${counted(count, "server")} disappear${count === 1 ? "s" : ""}`}{" "}
      from the inventory. Nothing changes in the account.
    </Confirmation>
  );
}
