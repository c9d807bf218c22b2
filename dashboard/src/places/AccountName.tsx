import { useAccountNames } from "./use_places";

/** An account by name and number; by its number alone where the name is not known. */
export function AccountName({ accountId }: { accountId: string }) {
  const name = useAccountNames().get(accountId) ?? "";
  return (
    <>
      {name === "" ? null : `${name} `}
      <span className={name === "" ? "number" : "number quiet"}>{accountId}</span>
    </>
  );
}
