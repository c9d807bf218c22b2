"""One operation call, whichever door it came through: decode, authorise, audit, run, answer."""
