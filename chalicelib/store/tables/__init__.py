"""The shape of every DynamoDB table; no reads, no writes, no rules."""
