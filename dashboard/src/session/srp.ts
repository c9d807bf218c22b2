// The client's side of Cognito's Secure Remote Password: the password proves itself without being sent.
// Group and hashes: RFC 5054, appendix A (3072 bits, g = 2) and the user pool's documentation of USER_SRP_AUTH.

const N_HEX =
  "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
  "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
  "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F" +
  "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
  "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510" +
  "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
  "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C" +
  "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

const N = BigInt(`0x${N_HEX}`);
const G = 2n;

export interface SrpChallenge {
  /** B, in hexadecimal. */
  serverPublic: string;
  /** In hexadecimal. */
  salt: string;
  /** In base64; sent back as it came. */
  secretBlock: string;
  /** The user's own id in the pool, which takes the place of the e-mail address. */
  userId: string;
}

export interface SrpProof {
  signature: string;
  timestamp: string;
}

export class SrpSession {
  private constructor(
    private readonly secret: bigint,
    private readonly open: bigint,
  ) {}

  /** `random` has 128 bytes; only tests give their own. */
  static begin(random: Uint8Array = crypto.getRandomValues(new Uint8Array(128))): SrpSession {
    const secret = BigInt(`0x${hexOf(random)}`) % N;
    const open = power(G, secret);
    if (open % N === 0n) throw new Error("The sign-in could not be prepared. Try again.");
    return new SrpSession(secret, open);
  }

  /** A, in hexadecimal. */
  get publicHex(): string {
    return this.open.toString(16);
  }

  /** Throws an Error for a challenge that could betray the password. */
  async prove(
    poolId: string,
    password: string,
    challenge: SrpChallenge,
    now: Date = new Date(),
  ): Promise<SrpProof> {
    const pool = poolId.slice(poolId.indexOf("_") + 1);
    const key = await this.key(pool, password, challenge);
    const timestamp = cognitoTime(now);
    const message = joined(
      encoded(pool),
      encoded(challenge.userId),
      fromBase64(challenge.secretBlock),
      encoded(timestamp),
    );
    return { signature: toBase64(await hmac(key, message)), timestamp };
  }

  private async key(pool: string, password: string, challenge: SrpChallenge): Promise<Uint8Array> {
    const serverPublic = BigInt(`0x${challenge.serverPublic}`);
    if (serverPublic % N === 0n) throw new Error("The sign-in service sent a value that must not be used.");
    const u = BigInt(`0x${hexOf(await sha256(joined(padded(this.open), padded(serverPublic))))}`);
    if (u === 0n) throw new Error("The sign-in service sent a value that must not be used.");
    const k = BigInt(`0x${hexOf(await sha256(joined(padded(N), padded(G))))}`);
    const identity = await sha256(encoded(`${pool}${challenge.userId}:${password}`));
    const salt = BigInt(`0x${challenge.salt}`);
    const x = BigInt(`0x${hexOf(await sha256(joined(padded(salt), identity)))}`);
    const base = (((serverPublic - k * power(G, x)) % N) + N) % N;
    const shared = power(base, this.secret + u * x);
    const extracted = await hmac(padded(u), padded(shared));
    const derived = await hmac(extracted, joined(encoded("Caldera Derived Key"), new Uint8Array([1])));
    return derived.slice(0, 16);
  }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % N;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}

/** Big-endian, with a zero byte before a leading one bit: what Cognito hashes. */
export function padded(value: bigint): Uint8Array {
  let hex = value.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  else if (/^[89a-f]/.test(hex)) hex = `00${hex}`;
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "Fri Nov 27 07:05:09 UTC 2026": in English, and the day without a leading zero. */
export function cognitoTime(moment: Date): string {
  const time = moment.toISOString().slice(11, 19);
  return `${DAYS[moment.getUTCDay()]} ${MONTHS[moment.getUTCMonth()]} ${moment.getUTCDate()} ${time} UTC ${moment.getUTCFullYear()}`;
}

async function sha256(data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data as BufferSource));
}

async function hmac(key: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key as BufferSource, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data as BufferSource));
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
