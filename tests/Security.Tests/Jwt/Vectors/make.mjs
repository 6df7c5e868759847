// Makes vectors.json with the official packages: npm install @nats-io/jwt@0.0.11 @nats-io/nkeys@2.0.3 && node make.mjs
// Its part "server" was recorded from nats-server 2.15.1: the message on $SYS.REQ.USER.AUTH for a client that wants in, with an
// auth_callout of the vectors' account, without and with the vectors' curveA as xkey. Paste it in again; the seeds change.
import * as jwt from "@nats-io/jwt";
import { createCurve, fromSeed, fromPublic } from "@nats-io/nkeys";
import { writeFileSync } from "node:fs";
const T = new TextEncoder(), D = new TextDecoder();
const { createOperator, createAccount, createUser, createServer } = jwt;
const keys = { operator: createOperator(), operatorSigner: createOperator(), account: createAccount(), accountSigner: createAccount(), scopedSigner: createAccount(),
  exporter: createAccount(), user: createUser(), scopedUser: createUser(), server: createServer(), curveA: createCurve(), curveB: createCurve() };
const pub = k => keys[k].getPublicKey();
const ISSUED = 1700000000, EXP = 4102444800;
Date.now = () => ISSUED * 1000;
const v1 = { algorithm: jwt.Algorithms.v1 };
const perms = { pub: { allow: ["a.>", "b"], deny: ["a.secret"] }, sub: { allow: ["_INBOX.>", "q.* workers"], deny: [] }, resp: { max: 3, ttl: 5000000000 } };
const activation = await jwt.encodeActivation("act", pub("account"), keys.exporter, "stream", { subject: "orders.*" }, { exp: EXP });
const account = () => ({
  description: "text with <html> & more", info_url: "https://example.org/a",
  imports: [{ name: "orders", subject: "orders.eu", account: pub("exporter"), token: activation, local_subject: "in.orders.eu", type: "stream" },
            { name: "ask", subject: "ask.*", account: pub("exporter"), to: "their.ask", type: "service", share: true }],
  exports: [{ name: "time", subject: "time", type: "service", response_type: "Chunked", response_threshold: 2000000000, service_latency: { sampling: 50, results: "lat" } },
            { name: "feed", subject: "feed.*.>", type: "stream", token_req: true, account_token_position: 2, advertise: true, revocations: { [pub("user")]: ISSUED, "*": 5 } }],
  limits: { subs: 10, data: -1, payload: 1024, imports: 5, exports: 6, wildcards: true, conn: 7, leaf: 8, disallow_bearer: true,
            tiered_limits: { R1: { mem_storage: 1, disk_storage: 2, streams: 3, consumer: 4, max_bytes_required: true }, R3: { disk_storage: -1 } } },
  signing_keys: [pub("accountSigner"), jwt.newScopedSigner(pub("scopedSigner"), "worker", { pub: { allow: ["jobs.{{tag(dept)}}.{{name()}}"] }, subs: 9 })],
  revocations: { [pub("user")]: ISSUED + 1 },
  default_permissions: perms,
  authorization: { auth_users: [pub("user")], allowed_accounts: ["*"], xkey: pub("curveA") },
  tags: ["zone:eu"],
});
const user = () => ({ ...perms, src: ["10.0.0.0/8", "2001:db8::/32"], times: [{ start: "08:00:00", end: "17:30:00" }], times_location: "Europe/Berlin",
  subs: 11, data: 12, payload: 13, bearer_token: true, allowed_connection_types: ["STANDARD", "WEBSOCKET"], tags: ["dept:a", "dept:b"] });
const out = {
  issued: ISSUED, expires: EXP,
  seeds: Object.fromEntries(Object.entries(keys).map(([n, k]) => [n, D.decode(k.getSeed())])),
  tokens: {
    operator: await jwt.encodeOperator("O", keys.operator, { signing_keys: [pub("operatorSigner")], account_server_url: "nats://localhost:4222", operator_service_urls: ["nats://localhost:4222"], system_account: pub("exporter"), strict_signing_key_usage: true, assert_server_version: "2.10.0", tags: ["x"] }),
    operatorV1: await jwt.encodeOperator("O1", keys.operator, { signing_keys: [pub("operatorSigner")] }, v1),
    account: await jwt.encodeAccount("A", keys.account, account(), { signer: keys.operatorSigner, exp: EXP, nbf: 5 }),
    accountSelf: await jwt.encodeAccount("A", keys.account),
    accountV1: await jwt.encodeAccount("A1", keys.account, { imports: account().imports, exports: account().exports, limits: { subs: 1, conn: 2, imports: 3, exports: 4, wildcards: true, leaf: -1, data: -1, payload: -1, disk_storage: 99 }, signing_keys: [pub("accountSigner")], revocations: { "*": 5 } }, { ...v1, signer: keys.operator }),
    user: await jwt.encodeUser("U", keys.user, keys.account, user(), { exp: EXP }),
    userBySigner: await jwt.encodeUser("U2", keys.user, pub("account"), {}, { signer: keys.accountSigner }),
    userScoped: await jwt.encodeUser("U3", keys.scopedUser, pub("account"), { tags: ["dept:a", "dept:b"] }, { signer: keys.scopedSigner, scopedUser: true }),
    userV1: await jwt.encodeUser("U1", keys.user, keys.account, { pub: { allow: ["x"] }, src: "10.0.0.0/8, 192.168.0.0/16", bearer_token: true }, v1),
    activation,
    activationV1: await jwt.encodeActivation("act1", pub("account"), keys.exporter, "service", { subject: "ask.>" }, v1),
    generic: await jwt.encodeGeneric("G", keys.operator, "thing", { accounts: [pub("account")], deep: { a: [1, { b: null }] } }),
    genericV1: await jwt.encodeGeneric("G1", keys.account, "thing", { x: 1 }, v1),
    response: await jwt.encodeAuthorizationResponse(pub("user"), pub("server"), keys.account, { jwt: "x.y.z" }, {}),
    responseError: await jwt.encodeAuthorizationResponse(pub("user"), pub("server"), pub("account"), { error: "no" }, { signer: keys.accountSigner }),
  },
};
out.creds = D.decode(jwt.fmtCreds(out.tokens.user, keys.user));
const plain = T.encode("attack at dawn");
out.boxes = [];
for (const text of ["", "attack at dawn", "x".repeat(64), "y".repeat(1000)])
  out.boxes.push({ text, box: Buffer.from(keys.curveA.seal(T.encode(text), pub("curveB"))).toString("base64") });
writeFileSync("vectors.json", JSON.stringify(out, null, 2) + "\n");
