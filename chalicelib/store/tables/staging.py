"""The table of staging accounts."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from ...domain.estate.staging import StagingAccount
from ..records import Stored
from .base import Table, table_name


class StagingAccountsByKind(GlobalSecondaryIndex["StagingAccountItem"]):
    class Meta:
        index_name = "by_kind"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    target_account_id = UnicodeAttribute(range_key=True)


class StagingAccountItem(Table):
    """One item for each staging account of each target account."""

    class Meta:
        table_name = table_name("staging-accounts")

    target_account_id = UnicodeAttribute(hash_key=True)
    staging_account_id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute(default="STAGING")
    name = UnicodeAttribute()
    added_at = UTCDateTimeAttribute()
    added_by = UnicodeAttribute()
    added_by_subject = UnicodeAttribute(null=True)
    by_kind = StagingAccountsByKind()


STAGING_ACCOUNTS = Stored(StagingAccount, StagingAccountItem, apart=("kind",))
