/** The search of a URL with other choices; an empty one is not in the URL. */
export function withChoices(old: URLSearchParams, choices: Record<string, string>): URLSearchParams {
  const next = new URLSearchParams(old);
  for (const [name, value] of Object.entries(choices)) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}

/** A choice that is one of these; anything else in a URL counts as none. */
export function oneOf<T extends string>(value: string | null, allowed: readonly T[]): T | undefined {
  return allowed.find((each) => each === value);
}
