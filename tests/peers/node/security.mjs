// Logging in, permissions, TLS.
import assert from "node:assert/strict";
import { join } from "node:path";

const seed = new TextEncoder().encode(process.env.NATS_USER_SEED);
const strangerSeed = new TextEncoder().encode(process.env.NATS_STRANGER_SEED);

async function works(nc, kit) {
  const sub = nc.subscribe("works");
  nc.publish("works", "yes");
  assert.deepEqual(await kit.texts(sub, 1), ["yes"]);
}

async function mustBeRefused(kit, options) {
  const err = await kit.refused(options);
  assert.ok(kit.client.isAuthorization(err), `${err}`);
}

export async function user_and_password_log_in(kit) {
  await works(await kit.connect({ user: "alice", pass: "s3cret" }), kit);
}

export async function bcrypted_password_logs_in(kit) {
  await works(await kit.connect({ user: "alice", pass: "s3cret" }), kit);
  await mustBeRefused(kit, { user: "alice", pass: "wrong" });
}

export const wrong_password_is_refused = (kit) => mustBeRefused(kit, { user: "alice", pass: "wrong" });
export const unknown_user_is_refused = (kit) => mustBeRefused(kit, { user: "bob", pass: "s3cret" });
export const missing_credentials_are_refused = (kit) => mustBeRefused(kit, {});

export async function token_logs_in(kit) {
  await works(await kit.connect({ token: "t0ken" }), kit);
}

export const wrong_token_is_refused = (kit) => mustBeRefused(kit, { token: "other" });

export async function nkey_logs_in(kit) {
  await works(await kit.connect({ authenticator: kit.client.nkeyAuthenticator(seed) }), kit);
}

export const unknown_nkey_is_refused = (kit) =>
  mustBeRefused(kit, { authenticator: kit.client.nkeyAuthenticator(strangerSeed) });

export async function anonymous_client_becomes_the_no_auth_user(kit) {
  const nc = await kit.connect();
  await works(nc, kit);
  const error = kit.permissionError(nc);
  nc.publish("forbidden", "x");
  assert.equal((await error).subject, "forbidden");
}

export async function publish_permission_is_reported_and_connection_stays(kit) {
  const nc = await kit.connect({ user: "alice", pass: "s3cret" });
  const error = kit.permissionError(nc);
  nc.publish("secret.x", "x");
  const { operation, subject } = await error;
  assert.deepEqual({ operation, subject }, { operation: "publish", subject: "secret.x" });
  await nc.flush();
  assert.equal(nc.isClosed(), false);
}

export async function subscribe_permission_ends_that_subscription(kit) {
  const nc = await kit.connect({ user: "alice", pass: "s3cret" });
  const ended = new Promise((resolve) => {
    nc.subscribe("secret.>", { callback: (err) => resolve(kit.client.permission(err)) });
  });
  const { operation, subject } = await ended;
  assert.deepEqual({ operation, subject }, { operation: "subscription", subject: "secret.>" });
  const sub = nc.subscribe("open.x");
  nc.publish("open.x", "still here");
  assert.deepEqual(await kit.texts(sub, 1), ["still here"]);
}

export async function queue_permission_limits_the_groups(kit) {
  const nc = await kit.connect({ user: "alice", pass: "s3cret" });
  const refused = new Promise((resolve) => {
    nc.subscribe("jobs", { queue: "other", callback: (err) => resolve(kit.client.permission(err)) });
  });
  assert.equal((await refused).subject, "jobs");
  const sub = nc.subscribe("jobs", { queue: "workers" });
  nc.publish("jobs", "1");
  assert.deepEqual(await kit.texts(sub, 1), ["1"]);
}

export async function responder_may_answer_but_not_publish(kit) {
  const service = await kit.connect({ user: "service", pass: "s3cret" });
  const caller = await kit.connect({ user: "caller", pass: "s3cret" });
  service.subscribe("svc", { callback: (_err, m) => m.respond("answer") });
  await service.flush();
  assert.equal((await caller.request("svc", "", { timeout: 5000 })).string(), "answer");
  const error = kit.permissionError(service);
  service.publish("anything", "x");
  assert.equal((await error).operation, "publish");
}

export async function deny_wins_over_allow(kit) {
  const nc = await kit.connect({ user: "alice", pass: "s3cret" });
  const sub = nc.subscribe("data.>");
  const error = kit.permissionError(nc);
  nc.publish("data.private", "x");
  assert.equal((await error).subject, "data.private");
  nc.publish("data.public", "y");
  assert.deepEqual(await kit.texts(sub, 1), ["y"]);
}

export async function tls_client_is_served(kit) {
  const nc = await kit.connect({ tls: { caFile: join(kit.dir, "ca.pem") } });
  assert.equal(nc.info.tls_required, true);
  await works(nc, kit);
}

export async function tls_certificate_of_a_stranger_is_not_trusted(kit) {
  await kit.refused({ tls: { caFile: join(kit.dir, "other-ca.pem") }, timeout: 5000 });
}

export async function tls_client_certificate_is_demanded(kit) {
  const files = { caFile: join(kit.dir, "ca.pem") };
  await kit.refused({ tls: files, timeout: 5000 });
  await works(await kit.connect({
    tls: { ...files, certFile: join(kit.dir, "client.pem"), keyFile: join(kit.dir, "client.key") },
  }), kit);
}

export async function tls_handshake_may_come_first(kit) {
  await works(await kit.connect({ tls: { caFile: join(kit.dir, "ca.pem"), handshakeFirst: true } }), kit);
}
