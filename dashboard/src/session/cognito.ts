// Cognito's API for signing in, as far as it is used here: JSON over fetch, no library.
import type { Settings } from "../settings/settings";
import { SrpSession } from "./srp";

/** What Cognito's refusals mean to somebody who signs in. An unknown user reads like a wrong password. */
const SENTENCES: Record<string, string> = {
  NotAuthorizedException: "The e-mail address or the password is wrong.",
  UserNotFoundException: "The e-mail address or the password is wrong.",
  TooManyRequestsException: "There were too many attempts. Wait a minute, then try again.",
  LimitExceededException: "There were too many attempts. Wait 15 minutes, then try again.",
  PasswordResetRequiredException: "An administrator has reset your password. Ask for a new one.",
  UserNotConfirmedException: "This user is not confirmed yet. Ask an administrator.",
  CodeMismatchException: "The code is wrong. Wait for the next one of your authenticator, then try again.",
  ExpiredCodeException: "The code has expired. Enter the next one.",
  ForbiddenException: "The sign-in was refused before it was checked. Ask the platform's operators.",
};

export class SignInRefused extends Error {
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.name = "SignInRefused";
    this.kind = kind;
  }

  /** Whether nothing is wrong with what was typed. */
  get isConnection(): boolean {
    return this.kind === "NoAnswer";
  }
}

export interface TokenSet {
  idToken: string;
  accessToken: string;
  /** Absent when tokens were renewed: the former one goes on. */
  refreshToken?: string;
  expiresAt: number;
}

export type SignInStep =
  | { kind: "done"; tokens: TokenSet }
  | { kind: "new-password"; userId: string; session: string }
  | { kind: "code"; userId: string; session: string }
  | { kind: "unsupported"; name: string };

interface CognitoAnswer {
  ChallengeName?: string;
  ChallengeParameters?: Record<string, string>;
  Session?: string;
  AuthenticationResult?: { IdToken: string; AccessToken: string; RefreshToken?: string; ExpiresIn: number };
}

export class Cognito {
  constructor(private readonly settings: Settings) {}

  async signIn(email: string, password: string): Promise<SignInStep> {
    const srp = SrpSession.begin();
    const begun = await this.call("InitiateAuth", {
      AuthFlow: "USER_SRP_AUTH",
      ClientId: this.settings.clientId,
      AuthParameters: { USERNAME: email, SRP_A: srp.publicHex },
    });
    const given = begun.ChallengeParameters ?? {};
    const userId = given["USER_ID_FOR_SRP"] ?? email;
    const secretBlock = given["SECRET_BLOCK"] ?? "";
    const challenge = { serverPublic: given["SRP_B"] ?? "", salt: given["SALT"] ?? "", secretBlock, userId };
    const proof = await srp.prove(this.settings.userPoolId, password, challenge);
    return this.respond("PASSWORD_VERIFIER", begun.Session, {
      USERNAME: userId,
      PASSWORD_CLAIM_SECRET_BLOCK: secretBlock,
      PASSWORD_CLAIM_SIGNATURE: proof.signature,
      TIMESTAMP: proof.timestamp,
    });
  }

  setNewPassword(userId: string, session: string, password: string): Promise<SignInStep> {
    return this.respond("NEW_PASSWORD_REQUIRED", session, { USERNAME: userId, NEW_PASSWORD: password });
  }

  sendCode(userId: string, session: string, code: string): Promise<SignInStep> {
    return this.respond("SOFTWARE_TOKEN_MFA", session, { USERNAME: userId, SOFTWARE_TOKEN_MFA_CODE: code });
  }

  async renew(refreshToken: string): Promise<TokenSet> {
    const answer = await this.call("InitiateAuth", {
      AuthFlow: "REFRESH_TOKEN_AUTH",
      ClientId: this.settings.clientId,
      AuthParameters: { REFRESH_TOKEN: refreshToken },
    });
    const step = stepOf(answer, "");
    if (step.kind !== "done") throw new SignInRefused("NotAuthorizedException", "Sign in again.");
    return step.tokens;
  }

  /** End this session: its refresh token and the tokens made with it. */
  async revoke(refreshToken: string): Promise<void> {
    await this.call("RevokeToken", { ClientId: this.settings.clientId, Token: refreshToken });
  }

  /** End every session of the user, on all devices. */
  async signOutEverywhere(accessToken: string): Promise<void> {
    await this.call("GlobalSignOut", { AccessToken: accessToken });
  }

  private async respond(
    challenge: string,
    session: string | undefined,
    responses: Record<string, string>,
  ): Promise<SignInStep> {
    const answer = await this.call("RespondToAuthChallenge", {
      ChallengeName: challenge,
      ClientId: this.settings.clientId,
      ...(session === undefined ? {} : { Session: session }),
      ChallengeResponses: responses,
    });
    return stepOf(answer, responses["USERNAME"] ?? "");
  }

  private async call(operation: string, body: unknown): Promise<CognitoAnswer> {
    let response: Response;
    try {
      response = await fetch(this.settings.signInEndpoint, {
        method: "POST",
        headers: {
          "Content-Type": "application/x-amz-json-1.1",
          "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
        },
        body: JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(15_000),
      });
    } catch {
      throw new SignInRefused(
        "NoAnswer",
        "The sign-in service cannot be reached. Nothing is lost; try again.",
      );
    }
    const text = await response.text().catch(() => "");
    if (response.ok) return text === "" ? {} : (JSON.parse(text) as CognitoAnswer);
    throw refusal(response.status, text);
  }
}

function stepOf(answer: CognitoAnswer, userId: string): SignInStep {
  const result = answer.AuthenticationResult;
  if (result !== undefined) {
    const { IdToken: idToken, AccessToken: accessToken, RefreshToken: refreshToken } = result;
    const expiresAt = Date.now() + 1_000 * result.ExpiresIn;
    return {
      kind: "done",
      tokens: { idToken, accessToken, expiresAt, ...(refreshToken ? { refreshToken } : {}) },
    };
  }
  const user = answer.ChallengeParameters?.["USER_ID_FOR_SRP"] ?? userId;
  const session = answer.Session ?? "";
  if (answer.ChallengeName === "NEW_PASSWORD_REQUIRED")
    return { kind: "new-password", userId: user, session };
  if (answer.ChallengeName === "SOFTWARE_TOKEN_MFA") return { kind: "code", userId: user, session };
  return { kind: "unsupported", name: answer.ChallengeName ?? "nothing" };
}

function refusal(status: number, text: string): SignInRefused {
  const { kind, message } = refusalIn(text);
  if (status >= 500 || kind === "") {
    return new SignInRefused(
      "NoAnswer",
      `The sign-in service failed (status ${status}). Nothing is lost; try again.`,
    );
  }
  const special =
    kind === "NotAuthorizedException" ? SPECIAL.find(({ part }) => message.includes(part)) : undefined;
  return new SignInRefused(kind, special?.sentence ?? SENTENCES[kind] ?? message);
}

/** NotAuthorizedException has several meanings, which only its English message tells apart. */
const SPECIAL = [
  { part: "attempts exceeded", sentence: "There were too many attempts. Wait 15 minutes, then try again." },
  { part: "session", sentence: "This took too long. Begin again with your e-mail address and password." },
];

function refusalIn(text: string): { kind: string; message: string } {
  try {
    const body = JSON.parse(text) as { __type?: string; message?: string };
    return { kind: (body.__type ?? "").split("#").pop() ?? "", message: body.message ?? "" };
  } catch {
    // Something else than Cognito has answered; the status is all there is.
    return { kind: "", message: "" };
  }
}
