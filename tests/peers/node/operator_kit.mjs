// What scenarios in operator mode share: users of this run's operator, and what two of them can see of each other.
import assert from "node:assert/strict";
import { within } from "./kit.mjs";
import { Admin } from "./operator_admin.mjs";
import { Operator } from "./operator_claims.mjs";

// Users of this run's operator: connected by their credentials, or refused with them.
export class Users {
  constructor(kit, operator) {
    this.kit = kit;
    this.operator = operator;
  }

  async options(account, name, user, options) {
    return { authenticator: this.kit.client.credsAuthenticator(await this.operator.creds(account, name, user, options)), reconnect: false };
  }

  async connect(...who) {
    return this.kit.connect(await this.options(...who));
  }

  async known(name) {
    return this.connect(...this.operator.user(name));
  }

  async mustBeRefused(...who) {
    const err = await this.kit.refused(await this.options(...who));
    assert.ok(this.kit.client.isAuthorization(err), `${err}`);
  }
}

export async function start(kit, { push = true } = {}) {
  const operator = Operator.load(kit.dir);
  const users = new Users(kit, operator);
  const admin = new Admin(await users.connect("SYS", "admin"), operator);
  if (push) await admin.pushAll();
  return { operator, users, admin };
}

export async function answer(nc, subject, text) {
  nc.subscribe(subject, { callback: (_err, m) => m.respond(text) });
  await nc.flush();
}

export async function ask(nc, subject) {
  return (await nc.request(subject, "", { timeout: 10_000 })).string();
}

export async function nobodyAnswers(kit, nc, subject) {
  await assert.rejects(nc.request(subject, "", { timeout: 10_000 }), (err) => kit.client.isNoResponders(err));
}

// What arrives at `to` of what `from` publishes until a last message that goes another way.
export async function arrives(from, subject, to, pattern) {
  const got = [];
  const sub = to.subscribe(pattern, { callback: (_err, m) => got.push(m.subject) });
  await to.flush();
  from.publish(subject);
  await from.flush();
  await to.flush();
  sub.unsubscribe();
  return got;
}

// A connection that the server closes ends with what the server said last.
export async function closedFor(nc, reason) {
  const err = await within(nc.closed(), `the close for ${reason}`);
  assert.match(`${err?.message}`, reason);
}
