import { Choice } from "../lists/Choice";
import { usePlaces } from "./use_places";

interface Place {
  accountId: string;
  region: string;
}

interface Props extends Place {
  choose: (place: Place) => void;
}

/** A filter by account, and by the Regions of that account or of all. Another account has other Regions. */
export function PlaceChoices({ accountId, region, choose }: Props) {
  const accounts = usePlaces().data?.items ?? [];
  const regions = accounts
    .filter((account) => accountId === "" || account.accountId === accountId)
    .flatMap((account) => account.regions.map((each) => each.region));
  return (
    <>
      <Choice
        label="Account"
        none="All accounts"
        value={accountId}
        options={accounts.map((account) => ({
          value: account.accountId,
          label: account.name || account.accountId,
          description: account.accountId,
        }))}
        onChoose={(chosen) => choose({ accountId: chosen, region: "" })}
      />
      <Choice
        label="Region"
        none="All Regions"
        value={region}
        options={[...new Set(regions)].sort().map((each) => ({ value: each, label: each }))}
        onChoose={(chosen) => choose({ accountId, region: chosen })}
      />
    </>
  );
}
