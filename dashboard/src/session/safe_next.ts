/** Where a link pointed before signing in: a path of this origin, whatever it says. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith("/")) return "/";
  try {
    const url = new URL(next, location.origin);
    return url.origin === location.origin && !url.pathname.startsWith("//")
      ? url.pathname + url.search + url.hash
      : "/";
  } catch {
    return "/";
  }
}
