"""What serves DynamoDB here, and what DynamoDB refuses that moto alone would take."""
