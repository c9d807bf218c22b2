"""Random plans, people, faults and deaths over REST on the local cloud, judged by the promises."""
