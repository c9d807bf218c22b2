"""What operators do to a running execution: control it, and decide on its waves."""
