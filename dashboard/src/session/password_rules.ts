/** The password policy of the user pool (infrastructure/data.yaml); Cognito has the last word. */
export interface Rule {
  text: string;
  isKept: (password: string) => boolean;
}

export const MINIMUM_LENGTH = 14;
/** What Cognito counts as a symbol. */
const SYMBOL = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/;

export const RULES: readonly Rule[] = [
  { text: `${MINIMUM_LENGTH} characters or more`, isKept: (password) => password.length >= MINIMUM_LENGTH },
  { text: "a small letter", isKept: (password) => /[a-z]/.test(password) },
  { text: "a capital letter", isKept: (password) => /[A-Z]/.test(password) },
  { text: "a digit", isKept: (password) => /[0-9]/.test(password) },
  { text: "a symbol", isKept: (password) => SYMBOL.test(password.trim()) },
];

export function isAllowed(password: string): boolean {
  return RULES.every(({ isKept }) => isKept(password));
}
