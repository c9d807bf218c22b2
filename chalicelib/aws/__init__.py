"""Everything in AWS that is not a table; the only room that imports boto3 and botocore."""
