/** What differs between installations; read at the start from `/settings.json`, so that one build serves every stage. */
export interface Settings {
  region: string;
  userPoolId: string;
  clientId: string;
  /** Where Cognito's API is reached: an address of its own, or a path of this origin. */
  signInEndpoint: string;
  /** Where the REST API is: a path of this origin. */
  apiBase: string;
  stage: string;
}

const FIELDS = ["region", "userPoolId", "clientId", "signInEndpoint", "apiBase", "stage"] as const;

/** Raises an Error that says what is wrong with the file. */
export async function readSettings(): Promise<Settings> {
  const answer = await fetch("/settings.json", { cache: "no-store" });
  if (!answer.ok) throw new Error(`/settings.json was answered with ${answer.status}.`);
  const read: unknown = await answer.json();
  const missing = FIELDS.filter((field) => typeof (read as Settings | null)?.[field] !== "string");
  if (missing.length > 0) throw new Error(`/settings.json lacks ${missing.join(", ")}.`);
  return read as Settings;
}
