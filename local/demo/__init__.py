"""The demonstration: a drill on the local cloud, prepared, started and followed through REST as a client would."""
