// Who is signed in. Tokens are in memory; the refresh token outlives a reload, but not the tab.
import { Store } from "../live/store";
import type { Settings } from "../settings/settings";
import { Cognito, SignInRefused, type SignInStep, type TokenSet } from "./cognito";

export type SessionPhase = "restoring" | "signed-out" | "signed-in" | "expired" | "other-person";

export interface SessionState {
  phase: SessionPhase;
  email: string;
}

const REFRESH_TOKEN = "refresh-token";
const EMAIL = "email";
/** Tokens are renewed so long before they end. */
const SPARE_MS = 60_000;
/** How long a new tab waits for the others before it asks a person. An answer that comes later is taken, too. */
const OTHER_TAB_MS = 300;

type TabMessage =
  | { kind: "signed-out" }
  | { kind: "who-is-there" }
  | { kind: "session"; refreshToken: string; email: string };

export class Session {
  readonly state = new Store<SessionState>({ phase: "restoring", email: "" });
  private tokens: TokenSet | undefined;
  private renewal: Promise<TokenSet> | undefined;
  /** Called with a copy of the session by another tab; undefined unless this tab has asked for one. */
  private takeCopy: (() => void) | undefined;
  private readonly cognito: Cognito;
  private readonly channel: BroadcastChannel | undefined;

  constructor(
    settings: Settings,
    private readonly storage: Storage = sessionStorage,
  ) {
    this.cognito = new Cognito(settings);
    this.channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("session");
    this.channel?.addEventListener("message", ({ data }: MessageEvent<TabMessage>) => this.hear(data));
  }

  /** After a reload, or beside another tab of the same person: renew the tokens without asking. */
  async restore(): Promise<void> {
    if (this.storage.getItem(REFRESH_TOKEN) === null) await this.copyFromOtherTab();
    if (this.storage.getItem(REFRESH_TOKEN) === null) return this.forget();
    this.state.set({ phase: "signed-in", email: this.storage.getItem(EMAIL) ?? "" });
    // A refused renewal has asked for a person already; without a connection the page opens and says so.
    await this.renewed().catch(() => undefined);
  }

  signIn(email: string, password: string): Promise<SignInStep> {
    return this.taken(email, this.cognito.signIn(email, password));
  }

  setNewPassword(
    email: string,
    step: { userId: string; session: string },
    password: string,
  ): Promise<SignInStep> {
    return this.taken(email, this.cognito.setNewPassword(step.userId, step.session, password));
  }

  sendCode(email: string, step: { userId: string; session: string }, code: string): Promise<SignInStep> {
    return this.taken(email, this.cognito.sendCode(step.userId, step.session, code));
  }

  /** End this session here and in the other tabs; the user's other devices stay signed in. */
  async signOut(): Promise<void> {
    const token = this.storage.getItem(REFRESH_TOKEN);
    const revoked = token === null ? Promise.resolve() : this.cognito.revoke(token);
    await Promise.race([revoked.catch(() => undefined), new Promise((done) => setTimeout(done, 3_000))]);
    this.tell({ kind: "signed-out" });
    this.forget();
  }

  /** End the sessions of all devices. Throws SignInRefused when that did not work; then nobody is signed out. */
  async signOutEverywhere(): Promise<void> {
    const { accessToken } = this.fresh() ?? (await this.renewed());
    await this.cognito.signOutEverywhere(accessToken);
    await this.signOut();
  }

  /** A valid id token. Waits for a renewal, and for a person when the session has ended. */
  async idToken(signal?: AbortSignal): Promise<string> {
    let tokens = await this.freshOrRenewed();
    while (tokens === undefined) {
      await this.signedInAgain(signal);
      tokens = await this.freshOrRenewed();
    }
    return tokens.idToken;
  }

  /** The API did not accept this token: it is not used again. */
  refused(token: string): void {
    if (this.tokens?.idToken === token) this.tokens = undefined;
  }

  /** The API accepts no token of this session: a person has to sign in. */
  expire(): void {
    this.tokens = undefined;
    this.storage.removeItem(REFRESH_TOKEN);
    this.state.set({ phase: "expired", email: this.state.get().email });
  }

  private fresh(): TokenSet | undefined {
    return this.tokens !== undefined && this.tokens.expiresAt - SPARE_MS > Date.now()
      ? this.tokens
      : undefined;
  }

  /** Undefined when a person has to sign in. Throws when the sign-in service cannot be reached. */
  private async freshOrRenewed(): Promise<TokenSet | undefined> {
    if (this.state.get().phase !== "signed-in") return undefined;
    try {
      return this.fresh() ?? (await this.renewed());
    } catch (error) {
      if (!(error instanceof SignInRefused) || error.isConnection) throw error;
      return undefined;
    }
  }

  private async taken(email: string, signingIn: Promise<SignInStep>): Promise<SignInStep> {
    // Who signs in here may be another person than the one of the other tabs.
    this.takeCopy = undefined;
    const step = await signingIn;
    if (step.kind !== "done") return step;
    const before = this.state.get();
    const isOther = before.phase === "expired" && before.email.toLowerCase() !== email.toLowerCase();
    this.tokens = step.tokens;
    if (step.tokens.refreshToken !== undefined) this.storage.setItem(REFRESH_TOKEN, step.tokens.refreshToken);
    this.storage.setItem(EMAIL, email);
    // What still waits was asked by the person before: it is never sent in another's name.
    this.state.set({ phase: isOther ? "other-person" : "signed-in", email });
    return step;
  }

  /** One renewal at a time, however many requests wait for it. */
  private renewed(): Promise<TokenSet> {
    this.renewal ??= this.renew().finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private async renew(): Promise<TokenSet> {
    const refreshToken = this.storage.getItem(REFRESH_TOKEN);
    try {
      if (refreshToken === null) throw new SignInRefused("NotAuthorizedException", "Sign in again.");
      this.tokens = await this.cognito.renew(refreshToken);
      return this.tokens;
    } catch (error) {
      if (error instanceof SignInRefused && !error.isConnection) this.expire();
      throw error;
    }
  }

  private forget(): void {
    this.tokens = undefined;
    this.storage.removeItem(REFRESH_TOKEN);
    this.state.set({ phase: "signed-out", email: "" });
  }

  private signedInAgain(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const end = this.state.follow(() => {
        if (this.state.get().phase !== "signed-in") return;
        end();
        resolve();
      });
      signal?.addEventListener("abort", () => {
        end();
        reject(signal.reason);
      });
    });
  }

  private hear(message: TabMessage): void {
    if (message.kind === "signed-out") {
      this.takeCopy = undefined;
      this.forget();
    }
    if (message.kind === "session") this.hearCopy(message);
    const refreshToken = this.storage.getItem(REFRESH_TOKEN);
    if (message.kind === "who-is-there" && refreshToken !== null && this.state.get().phase === "signed-in") {
      this.tell({ kind: "session", refreshToken, email: this.state.get().email });
    }
  }

  private hearCopy({ refreshToken, email }: { refreshToken: string; email: string }): void {
    if (this.takeCopy === undefined) return;
    this.storage.setItem(REFRESH_TOKEN, refreshToken);
    this.storage.setItem(EMAIL, email);
    this.takeCopy();
    this.takeCopy = undefined;
    // A busy tab answers late: the sign-in page, which is shown by then, goes on to where the person was going.
    if (this.state.get().phase === "signed-out") this.state.set({ phase: "signed-in", email });
  }

  private tell(message: TabMessage): void {
    this.channel?.postMessage(message);
  }

  /** Another tab that is signed in gives a copy of its session. Waits for it, but not for long. */
  private async copyFromOtherTab(): Promise<void> {
    if (this.channel === undefined) return;
    await new Promise<void>((resolve) => {
      this.takeCopy = resolve;
      this.tell({ kind: "who-is-there" });
      setTimeout(resolve, OTHER_TAB_MS);
    });
  }
}
