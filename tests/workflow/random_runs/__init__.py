"""Random plans, people, faults and deaths on the local cloud over REST, judged by the product's promises."""
