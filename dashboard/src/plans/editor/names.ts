// The rule of the API for names: what can be seen, in letters that are not mistaken for others.

const MOST_CHARACTERS = 64;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}]/u;
const LETTERS = /\p{L}+/gu;
const SCRIPTS = { Latin: /\p{Script=Latin}/u, Cyrillic: /\p{Script=Cyrillic}/u, Greek: /\p{Script=Greek}/u };

/** The name as it is stored: in Unicode's form NFKC, with single blanks, and none at its ends. */
export function plainName(name: string): string {
  return name.normalize("NFKC").split(/\s+/u).filter(Boolean).join(" ");
}

/** What is wrong with a name; empty if nothing is. */
export function nameProblem(name: string): string {
  const plain = plainName(name);
  const length = [...plain].length;
  if (length < 1 || length > MOST_CHARACTERS)
    return `must have 1 to ${MOST_CHARACTERS} characters; it has ${length}`;
  const unseen = UNSEEN.exec(plain)?.[0];
  if (unseen !== undefined) {
    const code = (unseen.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `contains the character U+${code}, which cannot be seen; remove it`;
  }
  const mixed = (plain.match(LETTERS) ?? []).find((word) => scriptsOf(word).length > 1);
  return mixed === undefined
    ? ""
    : `mixes ${scriptsOf(mixed).join(" and ")} letters in the word '${mixed}'; use one script in a word`;
}

const scriptsOf = (word: string): string[] =>
  Object.entries(SCRIPTS)
    .filter(([, pattern]) => pattern.test(word))
    .map(([script]) => script);
