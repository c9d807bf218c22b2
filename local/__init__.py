"""The local cloud: the product's code on one loopback endpoint, for drills and tests; never packaged.

In a process with any part of it, all sessions of the SDK share what they read. moto reads the largest descriptions
while it is imported; the SDK's own reader took a fifth of the time that a cloud needs to start.
"""

from local.sdk_sharing import share

share()
