"""DRS jobs and their logs, read from DRS now."""

from ..aws.reads.estate.drs_lists import page_of_job_log, page_of_jobs
from ..domain.access.context import CallContext
from ..domain.errors import DomainError
from ..domain.estate.accounts import TargetAccount
from ..domain.pages import MAX_PAGE, Page
from ..domain.runs.records import JobRun
from ..operations.servers import DrsJob, ExecutionJobLog, GetDrsJobLog, GetJobLogs, JobLogLine, ListDrsJobs
from ..side_by_side import ask_each
from ..store.paging import token_cursor, token_of
from ..store.reads.estate.accounts import find_accounts, get_account
from ..store.reads.runs.executions import get_execution, get_launch_jobs

MAX_LINES = 1_000
"""Lines of a job in an answer about several jobs; a job of 100 servers has fewer."""

_LONGER = "The log is longer than shown here. Read the rest with get_drs_job_log."


def list_drs_jobs(request: ListDrsJobs, _: CallContext) -> Page[DrsJob]:
    """One page of jobs, newest first; costs one call to DRS. Raises RecordNotFound, CloudError and Unavailable."""
    account = get_account(request.account_id)
    jobs, token = page_of_jobs(account, request.region, request.limit, token_of(request.cursor))
    return Page(jobs, token_cursor(token))


def get_drs_job_log(request: GetDrsJobLog, _: CallContext) -> Page[JobLogLine]:
    """One page of a job's log; costs one call to DRS. Raises RecordNotFound, CloudError and Unavailable."""
    account = get_account(request.account_id)
    token = token_of(request.cursor)
    lines, following = page_of_job_log(account, request.region, request.job_id, request.limit, token)
    return Page(lines, token_cursor(following))


def get_job_logs(request: GetJobLogs, _: CallContext) -> Page[ExecutionJobLog]:
    """The logs of a few jobs of an execution, in the order of its waves. Raises RecordNotFound.

    A job whose log cannot be read says why and hides no other.
    """
    get_execution(request.execution_id)
    after = token_of(request.cursor)
    jobs = [job for job in get_launch_jobs(request.execution_id) if job.job_id and job.key > after]
    shown = jobs[: request.limit]
    accounts = find_accounts({job.account_id for job in shown})
    logs = ask_each(lambda job: _log_of(job, accounts[job.account_id]), shown)
    items = [_shown(job, log) for job, log in zip(shown, logs, strict=True)]
    return Page(items, token_cursor(shown[-1].key) if len(jobs) > len(shown) else None)


def _log_of(job: JobRun, account: TargetAccount) -> tuple[list[JobLogLine], str]:
    """The log of a job, and what is to be known about it."""
    lines: list[JobLogLine] = []
    token = ""
    while len(lines) < MAX_LINES:
        more, token = page_of_job_log(account, job.region, job.job_id, MAX_PAGE, token)
        lines += more
        if not token:
            return lines, ""
    return lines, _LONGER


def _shown(job: JobRun, log: tuple[list[JobLogLine], str] | DomainError) -> ExecutionJobLog:
    lines, problem = ([], log.message) if isinstance(log, DomainError) else log
    return ExecutionJobLog(job.job_id, job.wave_number, job.account_id, job.region, lines, problem)
