// An operator and its accounts: their keys, and the JWTs they sign with the official packages.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const load = createRequire(join(process.env.NATS_PEERS, "node", "package.json"));
const jwt = load("@nats-io/jwt");
const nkeys = load("@nats-io/nkeys");

export const userNames = ["keeper", "clerk", "shopper", "neighbour", "far", "night", "expired"];

const keyNames = {
  operator: nkeys.createOperator,
  operatorSigner: nkeys.createOperator,
  impostor: nkeys.createOperator,
  SYS: nkeys.createAccount,
  STORE: nkeys.createAccount,
  storeSigner: nkeys.createAccount,
  storeClerks: nkeys.createAccount,
  SHOP: nkeys.createAccount,
  shopSigner: nkeys.createAccount,
  OTHER: nkeys.createAccount,
  DOOR: nkeys.createAccount,
  doorSigner: nkeys.createAccount,
  curve: nkeys.createCurve,
  porter: nkeys.createUser,
  sentinel: nkeys.createUser,
  admin: nkeys.createUser,
  ...Object.fromEntries(userNames.map((name) => [name, nkeys.createUser])),
};

const stateFile = "operator.json";
const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };

export class Operator {
  constructor(seeds) {
    this.seeds = seeds;
    this.keys = Object.fromEntries(Object.entries(seeds).map(([name, seed]) => [name, keyOf(seed)]));
  }

  static create() {
    return new Operator(Object.fromEntries(Object.entries(keyNames).map(([name, create]) => [name, new TextDecoder().decode(create().getSeed())])));
  }

  static load(directory) {
    return new Operator(JSON.parse(readFileSync(join(directory, stateFile), "utf8")));
  }

  id(name) {
    return this.keys[name].getPublicKey();
  }

  // What lies in the server's directory: the keys for programs that go on signing, credentials for clients.
  async files() {
    const files = { [stateFile]: JSON.stringify(this.seeds), "admin.creds": await this.credsText("SYS", "admin") };
    for (const name of userNames) files[`${name}.creds`] = await this.credsText(...this.user(name));
    return files;
  }

  operatorJwt() {
    return jwt.encodeOperator("Interop", this.keys.operator, { signing_keys: [this.id("operatorSigner")], system_account: this.id("SYS") });
  }

  // Each account as it is at first; `change` replaces members of its claims.
  async account(name, change = {}, signer = "operatorSigner") {
    const claims = { SYS: this.system, STORE: this.store, SHOP: this.shop, OTHER: this.other, DOOR: this.door }[name];
    return jwt.encodeAccount(name, this.keys[name], { ...await claims.call(this), ...change }, { signer: this.keys[signer] });
  }

  system() {
    return { limits: unlimited };
  }

  store() {
    const clerks = jwt.newScopedSigner(this.keys.storeClerks, "clerk", {
      pub: { allow: ["desk.{{name()}}.>"] },
      sub: { allow: ["team.{{tag(team)}}.>", "_INBOX.>"] },
    });
    return {
      limits: unlimited,
      signing_keys: [this.id("storeSigner"), clerks],
      exports: [
        { name: "orders", subject: "orders.>", type: "stream", token_req: true },
        { name: "price", subject: "price", type: "service", token_req: true, response_type: "Singleton" },
      ],
    };
  }

  async shop() {
    return { limits: unlimited, signing_keys: [this.id("shopSigner")], imports: await this.imports("SHOP") };
  }

  // It signed its activation itself, in the exporter's name.
  async other() {
    return { limits: unlimited, imports: await this.imports("OTHER", "OTHER") };
  }

  // Its service, the porter, is asked about who comes with the sentinel.
  door({ sealed = false } = {}) {
    const authorization = { auth_users: [this.id("porter")], allowed_accounts: [this.id("SHOP"), this.id("STORE")] };
    if (sealed) authorization.xkey = this.id("curve");
    return { limits: unlimited, signing_keys: [this.id("doorSigner")], authorization };
  }

  sentinel() {
    return this.userJwt("DOOR", "sentinel", { bearer_token: true, pub: { deny: [">"] }, sub: { deny: [">"] } });
  }

  async imports(account, signer = "storeSigner") {
    const from = { account: this.id("STORE") };
    return [
      { ...from, name: "orders", type: "stream", subject: "orders.>", local_subject: "store.orders.>", token: await this.activation(account, signer, "stream", "orders.>") },
      { ...from, name: "price", type: "service", subject: "price", local_subject: "ask.price", token: await this.activation(account, signer, "service", "price") },
    ];
  }

  activation(account, signer, kind, subject) {
    return jwt.encodeActivation(subject, this.keys[account], this.keys.STORE, kind, { subject }, { signer: this.keys[signer] });
  }

  // What only the operator may ask for: it names itself and signs.
  deletion(accounts, signer = "operatorSigner") {
    return jwt.encodeGeneric("delete", this.keys[signer], "generic", { accounts: accounts.map((name) => this.id(name)) });
  }

  // Arguments of userJwt for the users that are always there.
  user(name) {
    const now = Math.floor(Date.now() / 1000);
    return {
      keeper: ["STORE", "keeper", {}, { signer: "storeSigner" }],
      clerk: ["STORE", "clerk", { tags: ["team:red"] }, { signer: "storeClerks", scopedUser: true }],
      shopper: ["SHOP", "shopper", {}, { signer: "shopSigner" }],
      neighbour: ["SHOP", "neighbour", { src: ["127.0.0.0/8", "::1/128"] }],
      far: ["SHOP", "far", { src: ["192.0.2.0/24"] }],
      night: ["SHOP", "night", { times: [window(3600, 7200)], locale: "UTC" }],
      expired: ["SHOP", "expired", {}, { exp: now - 60 }],
    }[name];
  }

  // A user's JWT, by its account's identity or one of its signing keys; a name without a key gets one.
  userJwt(account, name, user = {}, { signer, ...options } = {}) {
    this.keys[name] ??= nkeys.createUser();
    return jwt.encodeUser(name, this.keys[name], this.keys[account], user, { ...options, ...(signer ? { signer: this.keys[signer] } : {}) });
  }

  async credsText(account, name, user, options) {
    return new TextDecoder().decode(jwt.fmtCreds(await this.userJwt(account, name, user, options), this.keys[name]));
  }

  async creds(account, name, user, options) {
    return new TextEncoder().encode(await this.credsText(account, name, user, options));
  }
}

const keyOf = (seed) => (seed.startsWith("SX") ? nkeys.fromCurveSeed : nkeys.fromSeed)(new TextEncoder().encode(seed));

// Of nobody: a server's public key, and a curve key pair.
export const newServer = () => nkeys.createServer().getPublicKey();
export const newCurve = () => nkeys.createCurve();

// A window of the day in UTC, in seconds from now.
export function window(start, end) {
  const clock = (offset) => new Date(Date.now() + offset * 1000).toISOString().slice(11, 19);
  return { start: clock(start), end: clock(end) };
}

export const seconds = () => Math.floor(Date.now() / 1000);
