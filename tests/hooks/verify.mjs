// Verifies alerts as a receiver written for Node would: `v1` with the official package, `v1a` with
// Node's own crypto. A line of stdin is one POST: {"headers": {...}, "body": "..."}.
import { createPublicKey, verify } from "node:crypto";
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

const [secret, publicKey] = process.argv.slice(2);
const webhook = new Webhook(secret);

// The head of every ed25519 public key in DER (RFC 8410).
const head = Buffer.from("302a300506032b6570032100", "hex");
const raw = Buffer.from(publicKey.replace("whpk_", ""), "base64");
const key = createPublicKey({ key: Buffer.concat([head, raw]), format: "der", type: "spki" });

let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { headers, body } = JSON.parse(line);
  webhook.verify(body, headers);
  const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const signatures = headers["webhook-signature"].split(" ").filter((it) => it.startsWith("v1a,"));
  const isSigned = (it) => verify(null, Buffer.from(content), key, Buffer.from(it.slice(4), "base64"));
  if (!signatures.some(isSigned)) throw new Error(`no good v1a signature: ${signatures}`);
  count += 1;
}
console.log(count);
