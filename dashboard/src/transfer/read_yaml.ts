import { parse, YAMLParseError } from "yaml";

/**
 * The value of a YAML text, by the rules of YAML 1.2: `yes` and `2026-11-26` are texts. Throws an error with the line
 * where the text is no YAML, has a key twice, or refers to its own parts so often that it would grow without bounds.
 */
export function readYaml(text: string): unknown {
  try {
    return parse(text, { logLevel: "error", prettyErrors: true });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw new Error(`This YAML cannot be read: ${messageOf(error)}.`);
    const line = error.linePos?.[0].line;
    const [what = ""] = error.message.split(" at line ", 1);
    throw new Error(`This is not valid YAML${line === undefined ? "" : ` (line ${line})`}: ${what}.`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
