// Operator mode: accounts that come over the system account, used, changed, revoked and deleted while clients are connected.
import assert from "node:assert/strict";
import { within } from "./kit.mjs";
import { accepted } from "./operator_admin.mjs";
import { seconds, window } from "./operator_claims.mjs";
import { answer, arrives, ask, closedFor, nobodyAnswers, start } from "./operator_kit.mjs";

export async function pushed_accounts_are_listed_looked_up_and_used(kit) {
  const { operator, users, admin } = await start(kit, { push: false });
  await users.mustBeRefused("SHOP", "shopper");
  assert.deepEqual(await admin.list(), [operator.id("SYS")]);
  assert.equal(await admin.lookup(operator.id("SHOP")), "");

  const shop = await operator.account("SHOP");
  assert.deepEqual(accepted(await admin.send(shop)), { account: operator.id("SHOP"), code: 200, message: "jwt updated" });
  assert.equal(await admin.lookup(operator.id("SHOP")), shop);
  assert.deepEqual(await admin.list(), [operator.id("SYS"), operator.id("SHOP")].sort());
  const store = await operator.account("STORE", {}, "operator");
  accepted(await admin.ask(`$SYS.REQ.ACCOUNT.${operator.id("STORE")}.CLAIMS.UPDATE`, store));
  assert.equal(await admin.lookup(operator.id("STORE")), store);

  const nc = await users.connect("SHOP", "shopper");
  assert.deepEqual(await arrives(nc, "hello", nc, "hello"), ["hello"]);
}

export async function what_the_operator_did_not_sign_is_refused(kit) {
  const { operator, users, admin } = await start(kit, { push: false });
  const wrong = async (jwt, text) => {
    const { error, data } = await admin.send(jwt);
    assert.equal(data, undefined);
    assert.equal(error.code, 500);
    assert.match(error.description, text);
  };
  await wrong("rubbish", /jwt update resulted in error/);
  await wrong((await operator.account("SHOP")).slice(0, -4), /jwt update resulted in error/);
  await wrong(await operator.userJwt("SHOP", "shopper"), /jwt update resulted in error/);
  await wrong(await operator.account("OTHER", { imports: await operator.imports("SHOP") }), /activation token doesn't match account/);
  const { error } = await admin.ask(`$SYS.REQ.ACCOUNT.${operator.id("STORE")}.CLAIMS.UPDATE`, await operator.account("SHOP"));
  assert.match(error.description, /subject does not match jwt content/);

  // Compat: what is pushed is stored by form alone; whose signature it bears is asked when the account is first used.
  accepted(await admin.push("SHOP", {}, "impostor"));
  await users.mustBeRefused("SHOP", "shopper");
  accepted(await admin.push("SHOP"));
  await users.connect("SHOP", "shopper");
}

export async function accounts_are_isolated(kit) {
  const { users } = await start(kit);
  const [keeper, shopper] = [await users.known("keeper"), await users.known("shopper")];
  assert.deepEqual(await arrives(keeper, "private", shopper, ">"), []);
  assert.deepEqual(await arrives(shopper, "private", keeper, ">"), []);
  await answer(keeper, "price", "42");
  await nobodyAnswers(kit, shopper, "price");
}

export async function activated_account_imports_stream_and_service(kit) {
  const { users } = await start(kit);
  const [keeper, shopper, other] = [await users.known("keeper"), await users.known("shopper"), await users.connect("OTHER", "stranger")];
  await answer(keeper, "price", "42");
  assert.equal(await ask(shopper, "ask.price"), "42");
  assert.deepEqual(await arrives(keeper, "orders.1", shopper, "store.>"), ["store.orders.1"]);
  assert.deepEqual(await arrives(keeper, "orders.1", other, "store.>"), []);
  await nobodyAnswers(kit, other, "ask.price");
}

export async function template_gives_a_scoped_user_its_own_subjects(kit) {
  const { users } = await start(kit);
  const [keeper, clerk] = [await users.known("keeper"), await users.known("clerk")];
  assert.deepEqual(await arrives(clerk, "desk.clerk.1", keeper, "desk.>"), ["desk.clerk.1"]);
  assert.deepEqual(await arrives(keeper, "team.red.1", clerk, "team.red.*"), ["team.red.1"]);
  const error = kit.permissionError(clerk);
  clerk.publish("desk.somebody.1");
  const { operation, subject } = await error;
  assert.deepEqual({ operation, subject }, { operation: "publish", subject: "desk.somebody.1" });
  const ended = new Promise((resolve) => clerk.subscribe("team.blue.>", { callback: (err) => resolve(kit.client.permission(err)) }));
  assert.equal((await within(ended, "the refusal")).subject, "team.blue.>");
  // The template is all a scoped user has: it may not bring permissions of its own.
  await users.mustBeRefused("STORE", "greedy", { pub: { allow: [">"] } }, { signer: "storeClerks", scopedUser: true });
}

export async function users_are_held_to_networks_and_hours(kit) {
  const { users, operator } = await start(kit);
  for (const name of ["far", "night", "expired"]) await users.mustBeRefused(...operator.user(name));
  await users.known("neighbour");
  await users.connect("SHOP", "day", { times: [window(3600, 7200), window(-3600, 3600)], locale: "UTC" });
}

export async function connection_ends_with_its_hours(kit) {
  const { users } = await start(kit);
  const closing = await users.connect("SHOP", "closing", { times: [window(-3600, 4)], locale: "UTC" });
  const expiring = await users.connect("SHOP", "expiring", {}, { exp: seconds() + 4 });
  const staying = await users.known("shopper");
  await Promise.all([closing, expiring].map((nc) => closedFor(nc, /user authentication expired/i)));
  await staying.flush();
}

export async function bearer_needs_no_signature(kit) {
  const { users, operator, admin } = await start(kit);
  const bare = async (user) => ({ authenticator: kit.client.jwtAuthenticator(await operator.userJwt("SHOP", "bearer", user)), reconnect: false });
  const bearer = await kit.connect(await bare({ bearer_token: true }));
  assert.ok(kit.client.isAuthorization(await kit.refused(await bare({}))));
  const closed = closedFor(bearer, /authorization violation/i);
  accepted(await admin.push("SHOP", { limits: { ...operator.system().limits, disallow_bearer: true } }));
  await closed;
  assert.ok(kit.client.isAuthorization(await kit.refused(await bare({ bearer_token: true }))));
  await users.known("shopper");
}

export async function changed_exports_reach_connected_importers(kit) {
  const { users, admin, operator } = await start(kit);
  const [keeper, shopper] = [await users.known("keeper"), await users.known("shopper")];
  await answer(keeper, "price", "42");
  const got = [];
  shopper.subscribe("store.>", { callback: (_err, m) => got.push(m.subject) });
  await shopper.flush();
  const [orders, price] = operator.store().exports;
  const publish = async (subject) => {
    keeper.publish(subject);
    await keeper.flush();
    await shopper.flush();
  };

  await publish("orders.1");
  assert.equal(await ask(shopper, "ask.price"), "42");
  accepted(await admin.push("STORE", { exports: [orders] }));
  await nobodyAnswers(kit, shopper, "ask.price");
  await publish("orders.2");
  accepted(await admin.push("STORE", { exports: [price] }));
  await publish("orders.3");
  assert.equal(await ask(shopper, "ask.price"), "42");
  accepted(await admin.push("STORE"));
  await publish("orders.4");
  assert.deepEqual(got, ["store.orders.1", "store.orders.2", "store.orders.4"]);

  const revocations = { [operator.id("SHOP")]: seconds() };
  accepted(await admin.push("STORE", { exports: [{ ...orders, revocations }, { ...price, revocations }] }));
  await publish("orders.5");
  await nobodyAnswers(kit, shopper, "ask.price");
  assert.equal(got.length, 3);
}

export async function changed_imports_reach_connected_importers(kit) {
  const { users, admin } = await start(kit);
  const [keeper, shopper] = [await users.known("keeper"), await users.known("shopper")];
  await answer(keeper, "price", "42");
  accepted(await admin.push("SHOP", { imports: [] }));
  await nobodyAnswers(kit, shopper, "ask.price");
  assert.deepEqual(await arrives(keeper, "orders.1", shopper, "store.>"), []);
  accepted(await admin.push("SHOP"));
  assert.equal(await ask(shopper, "ask.price"), "42");
  assert.deepEqual(await arrives(keeper, "orders.2", shopper, "store.>"), ["store.orders.2"]);
}

export async function changed_mappings_move_what_clients_publish(kit) {
  const { users, admin } = await start(kit);
  const nc = await users.known("shopper");
  assert.deepEqual(await arrives(nc, "old.1", nc, ">"), ["old.1"]);
  accepted(await admin.push("SHOP", { mappings: { "old.*": [{ subject: "new.{{wildcard(1)}}", weight: 100 }] } }));
  assert.deepEqual(await arrives(nc, "old.1", nc, ">"), ["new.1"]);
  accepted(await admin.push("SHOP"));
  assert.deepEqual(await arrives(nc, "old.1", nc, ">"), ["old.1"]);
}

export async function changed_limits_hold_for_connected_clients(kit) {
  const { users, admin, operator } = await start(kit);
  const [first, second] = [await users.known("shopper"), await users.known("neighbour")];
  const limits = operator.system().limits;
  const closed = closedFor(second, /maximum account active connections exceeded/i);
  accepted(await admin.push("SHOP", { limits: { ...limits, conn: 1 } }));
  await closed;
  await first.flush();
  await kit.refused(await users.options("SHOP", "third"));

  accepted(await admin.push("SHOP", { limits: { ...limits, payload: 8, subs: 1 } }));
  await users.connect("SHOP", "third");
  const sub = first.subscribe("one");
  first.publish("one", "12345678");
  assert.deepEqual(await kit.texts(sub, 1), ["12345678"]);
  // The clients know the new limit from no INFO: the server is who refuses.
  const tooLarge = closedFor(first, /maximum payload violation/i);
  first.publish("one", "123456789");
  await tooLarge;
}

export async function changed_permissions_hold_for_connected_clients(kit) {
  const { users, admin } = await start(kit);
  const nc = await users.known("shopper");
  assert.deepEqual(await arrives(nc, "secret", nc, "secret"), ["secret"]);
  accepted(await admin.push("SHOP", { default_permissions: { pub: { deny: ["secret"] } } }));
  const error = kit.permissionError(nc);
  nc.publish("secret");
  assert.equal((await error).subject, "secret");
  accepted(await admin.push("SHOP"));
  assert.deepEqual(await arrives(nc, "secret", nc, "secret"), ["secret"]);
}

export async function changed_scope_closes_its_users(kit) {
  const { users, admin, operator } = await start(kit);
  const [keeper, clerk] = [await users.known("keeper"), await users.known("clerk")];
  const claims = operator.store();
  claims.signing_keys[1].template.pub.allow.push("news");
  const closed = within(clerk.closed(), "the close");
  accepted(await admin.push("STORE", { signing_keys: claims.signing_keys }));
  await closed;
  const again = await users.known("clerk");
  assert.deepEqual(await arrives(again, "news", keeper, "news"), ["news"]);
  const gone = within(again.closed(), "the close");
  accepted(await admin.push("STORE", { signing_keys: claims.signing_keys.slice(0, 1) }));
  await gone;
  await users.mustBeRefused(...operator.user("clerk"));
  await keeper.flush();
}

export async function revoked_user_is_closed_and_refused(kit) {
  const { users, admin, operator } = await start(kit);
  const [revoked, staying] = [await users.known("shopper"), await users.known("neighbour")];
  const old = await users.options("SHOP", "shopper");
  const closed = closedFor(revoked, /user authentication revoked/i);
  accepted(await admin.push("SHOP", { revocations: { [operator.id("shopper")]: seconds() } }));
  await closed;
  await staying.flush();
  assert.ok(kit.client.isAuthorization(await kit.refused(old)));
  const everybody = closedFor(staying, /user authentication revoked/i);
  accepted(await admin.push("SHOP", { revocations: { "*": seconds() } }));
  await everybody;
}

export async function deleted_account_closes_its_users(kit) {
  const { users, admin, operator } = await start(kit);
  const [keeper, shopper] = [await users.known("keeper"), await users.known("shopper")];
  await answer(keeper, "price", "42");
  assert.equal(await ask(shopper, "ask.price"), "42");
  assert.match((await admin.delete(["STORE"], "impostor")).error.description, /not trusted/);
  assert.match((await admin.delete(["SYS"])).error.description, /not allowed to delete system account/);
  const closed = closedFor(keeper, /account authentication expired/i);
  assert.equal(accepted(await admin.delete(["STORE"])).message, "deleted 1 accounts");
  await closed;
  assert.deepEqual(await admin.list(), ["SYS", "SHOP", "OTHER"].map((name) => operator.id(name)).sort());
  assert.equal(await admin.lookup(operator.id("STORE")), "");
  await users.mustBeRefused("STORE", "keeper");
  await nobodyAnswers(kit, shopper, "ask.price");

  // Compat: nats-server takes the very text it had before the deletion for no change, and the account stays closed.
  accepted(await admin.push("STORE", { description: "back again" }));
  await answer(await users.known("keeper"), "price", "43");
  assert.equal(await ask(shopper, "ask.price"), "43");
}

export async function accounts_survive_a_restart(kit) {
  const { users, operator } = await start(kit);
  const options = await users.options(...operator.user("shopper"));
  const nc = await kit.connect({ ...options, reconnect: true, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  const reconnected = kit.status(nc, (s) => s.type === "reconnect", "the reconnect");
  await kit.ask("restart");
  await reconnected;
  const keeper = await users.known("keeper");
  await answer(keeper, "price", "42");
  assert.equal(await ask(nc, "ask.price"), "42");
}
