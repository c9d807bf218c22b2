"""Target accounts: where the protected servers are, and the roles that give access to them."""

import msgspec


class TargetAccount(msgspec.Struct, frozen=True, rename="camel"):
    """One account with source servers. Role ARNs are empty for the hub account, which needs none.

    ``external_id`` is a secret: no answer, log or notification may carry it.
    """

    account_id: str
    name: str
    read_role_arn: str = ""
    operate_role_arn: str = ""
    external_id: str = ""
    regions: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"TargetAccount(account_id={self.account_id!r}, name={self.name!r}, regions={self.regions!r})"


class Place(msgspec.Struct, frozen=True, order=True, rename="camel"):
    """One account and Region: the scope of every DRS call, quota and job."""

    account_id: str
    region: str

    def __str__(self) -> str:
        return f"{self.account_id}/{self.region}"
