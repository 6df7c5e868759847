// What an administrator does over the system account.
import { Operator } from "./operator_claims.mjs";

export class Admin {
  constructor(nc, operator) {
    this.nc = nc;
    this.operator = operator;
  }

  async push(name, change, signer) {
    return this.send(await this.operator.account(name, change, signer));
  }

  async send(jwt) {
    return this.ask("$SYS.REQ.CLAIMS.UPDATE", jwt);
  }

  // Every account as it is at first; the one that exports comes last, so that the others wait for it.
  async pushAll(names = ["SHOP", "OTHER", "STORE"]) {
    for (const name of names) accepted(await this.push(name));
  }

  async list() {
    return (await this.ask("$SYS.REQ.CLAIMS.LIST", "")).data.sort();
  }

  async lookup(id) {
    return (await this.nc.request(`$SYS.REQ.ACCOUNT.${id}.CLAIMS.LOOKUP`, "", { timeout: 10_000 })).string();
  }

  async delete(names, signer) {
    return this.ask("$SYS.REQ.CLAIMS.DELETE", await this.operator.deletion(names, signer));
  }

  async ask(subject, text) {
    return (await this.nc.request(subject, text, { timeout: 10_000 })).json();
  }
}

export function accepted(reply) {
  if (reply.data?.code !== 200) throw new Error(`refused: ${JSON.stringify(reply)}`);
  return reply.data;
}

// What clients without a JWT library ask the test to do while they are connected.
const actions = {
  "push": (admin) => admin.pushAll(),
  "withdraw the price": async (admin) => accepted(await admin.push("STORE", { exports: (admin.operator.store()).exports.slice(0, 1) })),
  "offer the price again": async (admin) => accepted(await admin.push("STORE")),
  "limit the payload": async (admin) => accepted(await admin.push("SHOP", { limits: { ...admin.operator.system().limits, payload: 10 } })),
  "map orders": async (admin) => accepted(await admin.push("STORE", { mappings: { "orders.old": [{ subject: "orders.new", weight: 100 }] } })),
  "revoke the shopper": async (admin) => accepted(await admin.push("SHOP", { revocations: { [admin.operator.id("shopper")]: Math.floor(Date.now() / 1000) } })),
  "delete the store": async (admin) => accepted(await admin.delete(["STORE"])),
};

export async function act(client, action) {
  const operator = Operator.load(process.env.NATS_DIR);
  const nc = await client.connect({ servers: process.env.NATS_URL, authenticator: client.credsAuthenticator(await operator.creds("SYS", "admin")) });
  await actions[action](new Admin(nc, operator));
  await nc.close();
}
