"""The path of every call, by REST or direct invocation: judge, audit, decode, run, answer."""
