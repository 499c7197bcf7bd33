// Operator, account and user of a NATS server, as nsc makes them: signed claims (JWT) and keys.
import { nkeys } from "@nats-io/transport-node";

/** A server's configuration, and the credentials of a user of it. */
export function accounts(): { readonly config: string; readonly credentials: string } {
  const operator = nkeys.createOperator();
  const account = nkeys.createAccount();
  const user = nkeys.createUser();
  const unlimited = { subs: -1, data: -1, payload: -1 };
  const system = nkeys.createAccount();
  const operatorClaim = claim(operator, operator, { type: "operator" });
  const systemClaim = claim(operator, system, { type: "account", limits: unlimited });
  const accountClaim = claim(operator, account, {
    type: "account",
    limits: {
      ...unlimited,
      ...{ imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
      ...{ mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 },
    },
  });
  const userClaim = claim(account, user, { type: "user", ...unlimited });
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    config: `operator: ${operatorClaim}\nsystem_account: ${system.getPublicKey()}\n` +
      "resolver: MEMORY\nresolver_preload: {\n" +
      `  ${system.getPublicKey()}: ${systemClaim}\n` +
      `  ${account.getPublicKey()}: ${accountClaim}\n}\n`,
    credentials: block("NATS USER JWT", userClaim) + block("USER NKEY SEED", seed),
  };
}

type Key = ReturnType<typeof nkeys.createUser>;

/** Says who somebody is, signed by whoever is above him. */
function claim(issuer: Key, subject: Key, about: object): string {
  const head = encoded({ typ: "JWT", alg: "ed25519-nkey" });
  const body = encoded({
    jti: crypto.randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name: "test",
    sub: subject.getPublicKey(),
    nats: { version: 2, ...about },
  });
  const signed = issuer.sign(new TextEncoder().encode(`${head}.${body}`));
  return `${head}.${body}.${base64(signed)}`;
}

function encoded(value: object): string {
  return base64(new TextEncoder().encode(JSON.stringify(value)));
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function block(name: string, text: string): string {
  return `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n\n`;
}
