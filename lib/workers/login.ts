/**
 * Where a NATS server is, and who asks.
 *
 * @category Many machines
 */
export interface NatsLogin {
  /**
   * Its address, as `nats://host:4222` (`tls://` if encrypted); several of a cluster with commas between.
   * It may hold a token or a user and his password, `nats://user:password@host`.
   */
  readonly servers: string;
  /** Instead of what is in the address. */
  readonly token?: string;
  /** Instead of what is in the address, with `password`. */
  readonly user?: string;
  /** The password of `user`. */
  readonly password?: string;
  /** The text of a credentials file, as `nsc` writes it. */
  readonly credentials?: string;
}

/**
 * A server that is not there, refuses the login, or lacks what is needed.
 *
 * @category Many machines
 */
export class NatsError extends Error {
  /** To tell it from others. */
  override readonly name = "NatsError";
}

/** A login as the client takes it, and the address as it may be shown. */
export interface ParsedLogin {
  readonly hosts: readonly string[];
  readonly isEncrypted: boolean;
  readonly token?: string;
  readonly user?: string;
  readonly pass?: string;
  /** Without secrets. */
  readonly shown: string;
}

const DEFAULT_PORT = 4222;

/**
 * Takes an address apart.
 *
 * @throws {TypeError} it is no address of a NATS server; the message holds no secret.
 */
export function parseLogin({ servers, token, user, password }: NatsLogin): ParsedLogin {
  if (typeof servers !== "string") {
    throw new TypeError(`servers is ${servers}, needed an address as nats://host:4222`);
  }
  const urls = servers.split(",").map((text) => urlOf(text.trim()));
  const [{ username, password: secret }] = urls;
  // A name alone is a token, as everywhere with NATS.
  const inAddress = username === ""
    ? {}
    : secret === ""
    ? { token: decodeURIComponent(username) }
    : { user: decodeURIComponent(username), pass: decodeURIComponent(secret) };
  const given = token !== undefined
    ? { token }
    : user !== undefined
    ? { user, pass: password ?? "" }
    : inAddress;
  const hosts = urls.map(({ hostname, port }) => `${hostname}:${port || DEFAULT_PORT}`);
  const isEncrypted = urls.some(({ protocol }) => protocol === "tls:");
  const scheme = isEncrypted ? "tls" : "nats";
  return { hosts, isEncrypted, ...given, shown: hosts.map((at) => `${scheme}://${at}`).join(",") };
}

function urlOf(text: string): URL {
  const refuse = (why: string) =>
    new TypeError(
      `"${withoutSecret(text)}" ${why}, needed an address of a NATS server as nats://host:4222`,
    );
  const [, scheme = "nats"] = /^([a-z+]+):\/\//i.exec(text) ?? [];
  if (!["nats", "tls"].includes(scheme.toLowerCase())) throw refuse(`begins with ${scheme}://`);
  let url: URL;
  try {
    // Of schemes that it does not know, URL takes anything for a host.
    url = new URL(text.replace(/^([a-z+]+:\/\/)?/i, "https://"));
  } catch {
    throw refuse("is no address");
  }
  if (url.hostname === "" || url.search !== "" || url.hash !== "" || url.pathname !== "/") {
    throw refuse("is no address");
  }
  const { username, password, hostname, port } = url;
  return { username, password, hostname, port, protocol: `${scheme.toLowerCase()}:` } as URL;
}

/** What stands before an @ is nobody's business. */
function withoutSecret(text: string): string {
  return text.replace(/[^/]*@/, "");
}
