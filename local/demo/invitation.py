"""The text about the local cloud that stays open after a run: its addresses, its users and how to call it."""

from pathlib import Path
from typing import TYPE_CHECKING

from local import dashboard, guard

if TYPE_CHECKING:
    from local.cloud import LocalCloud


def invitation(cloud: "LocalCloud", *, state_file: Path, execution_id: str) -> str:
    """Returns the text. It has no passwords; they are in the state file, which only its owner can read."""
    exports = "\n".join(
        f"  export {name}={value}"
        for name, value in guard.child_environment(cloud.endpoint, region=cloud.hub_region).items()
    )
    users = "\n".join(f"  {role:<22} {user.email}" for role, user in cloud.users.by_role.items())
    function = cloud.project.deployed_name("query-handler")
    return f"""
The local cloud stays open. Look at the run in the dashboard, or by the API.

Dashboard     {dashboard.where(cloud.dashboard_url)}
AWS endpoint  {cloud.endpoint}   (hub account {cloud.hub_account}, {cloud.hub_region})
REST API      {cloud.api_url}

Users (passwords in {state_file}):
{users}

Call the REST API with an ID token:
  TOKEN=$(.venv/bin/python -m local.sign_in --state {state_file} DRSOperator)
  curl -H "Authorization: $TOKEN" {cloud.api_url}/executions/{execution_id}
  curl -H "Authorization: $TOKEN" {cloud.api_url}/executions/{execution_id}/servers
  curl {cloud.api_url}/openapi.json

Call the functions directly, as a pipeline does, with the AWS CLI (version 2) or boto3:
{exports}
  aws --endpoint-url {cloud.endpoint} lambda invoke --function-name {function} \\
      --cli-binary-format raw-in-base64-out --payload '{{"operation": "list_executions"}}' response.json

Press Ctrl-C to stop the local cloud. Everything in it is deleted, except its log.
"""
