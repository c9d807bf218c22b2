"""What the user pool knows of its tokens and users, and the evidence of audit log and timelines."""
