"""The engines that serve DynamoDB, and the requests that DynamoDB refuses and moto alone would take."""
