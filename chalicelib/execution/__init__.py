"""Write services that move executions from start to a truthful end."""
