"""Reads the quotas of DRS that apply in an account and Region from Service Quotas.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from ....domain.estate.accounts import Place, TargetAccount
from ...asking import translated
from ...sessions import Access, client


def read_applied_quotas(account: TargetAccount, region: str) -> dict[str, int]:
    """The value of each quota of DRS by code."""
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("service-quotas", place, account, Access.READ).get_paginator("list_service_quotas")
        return {
            item["QuotaCode"]: int(item["Value"])
            for page in pages.paginate(ServiceCode="drs")
            for item in page.get("Quotas", [])
        }
