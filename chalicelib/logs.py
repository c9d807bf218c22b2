"""Structured logs: JSON lines with the function and request in them; never a secret."""

import os

from aws_lambda_powertools.logging import Logger

logger = Logger(service="dr-orchestration", level=os.environ.get("LOG_LEVEL", "INFO"))
"""The one logger. Pass facts as ``extra=``; they become fields."""
