// Auth callout in operator mode: who comes with the sentinel of an account is let in, and put somewhere, by that account's service.
import assert from "node:assert/strict";
import { accepted } from "./operator_admin.mjs";
import { newCurve, newServer } from "./operator_claims.mjs";
import { arrives, closedFor, start } from "./operator_kit.mjs";
import { Porter } from "./operator_porter.mjs";

// Whom the porter knows, and what it makes of them.
const guests = {
  alice: { account: "SHOP", signer: "shopSigner", user: { pub: { allow: ["hello.>"] } } },
  bob: { account: "STORE", signer: "storeClerks", user: { tags: ["team:red"] }, options: { scopedUser: true } },
  carol: { account: "OTHER" },
  dora: { account: "SHOP", lifetime: 4 },
};

async function open(kit, { sealed = false, porter = true } = {}) {
  const world = await start(kit);
  accepted(await world.admin.push("DOOR", world.operator.door({ sealed })));
  if (porter) world.porter = await Porter.start(await world.users.connect("DOOR", "porter"), world.operator, guests);
  const sentinel = await world.operator.sentinel();
  world.as = (name, pass = `${name}'s`) => ({
    authenticator: [kit.client.jwtAuthenticator(sentinel), kit.client.usernamePasswordAuthenticator(name, pass)],
    reconnect: false,
  });
  world.mustBeRefused = async (options) => {
    const err = await kit.refused(options);
    assert.ok(kit.client.isAuthorization(err), `${err}`);
  };
  return { ...world, sentinel };
}

export async function service_decides_who_comes_in_and_where(kit) {
  const { users, porter, as, mustBeRefused, sentinel } = await open(kit);
  const alice = await kit.connect({ ...as("alice"), name: "phone" });
  const { user_nkey, client_info, connect_opts, server_id } = porter.asked[0];
  assert.match(user_nkey, /^U/);
  assert.match(server_id.id, /^N/);
  assert.equal(server_id.xkey, undefined);
  assert.deepEqual([client_info.kind, client_info.type, client_info.name, client_info.name_tag], ["Client", "nats", "phone", "sentinel"]);
  assert.deepEqual([connect_opts.jwt, connect_opts.user, connect_opts.pass], [sentinel, "alice", "alice's"]);

  assert.deepEqual(await arrives(alice, "hello.1", await users.known("shopper"), "hello.*"), ["hello.1"]);
  const error = kit.permissionError(alice);
  alice.publish("other");
  assert.equal((await error).subject, "other");

  // A scoped key's template is for those whom the service lets in, too.
  const bob = await kit.connect(as("bob"));
  assert.deepEqual(await arrives(bob, "desk.bob.1", await users.known("keeper"), "desk.>"), ["desk.bob.1"]);

  await mustBeRefused(as("alice", "wrong"));
  await mustBeRefused(as("nobody"));
  // The service has no leave to put anybody there.
  await mustBeRefused(as("carol"));
  assert.equal(porter.asked.length, 5);
  await alice.flush();
}

export async function only_a_known_key_may_answer(kit) {
  const { porter, as, mustBeRefused } = await open(kit);
  porter.signs = ["SHOP"];
  await mustBeRefused(as("alice"));
  porter.signs = ["DOOR"];
  await kit.connect(as("alice"));
  porter.server = newServer();
  await mustBeRefused(as("alice"));
}

export async function sealed_questions_get_sealed_answers(kit) {
  const { porter, as, mustBeRefused } = await open(kit, { sealed: true });
  await kit.connect(as("alice"));
  assert.equal(porter.sealed, 1);
  assert.match(porter.asked[0].server_id.xkey, /^X/);
  await mustBeRefused(as("alice", "wrong"));
  // Whoever holds the curve key needs no signing key that is known…
  porter.signs = ["SHOP"];
  await kit.connect(as("alice"));
  // …and an answer in the clear needs one.
  porter.seals = false;
  await mustBeRefused(as("alice"));
  porter.signs = ["DOOR"];
  await kit.connect(as("alice"));
  porter.seals = true;
  porter.curve = newCurve();
  await mustBeRefused(as("alice"));
}

export async function guests_leave_when_their_time_is_over(kit) {
  const { as } = await open(kit);
  const [alice, dora] = [await kit.connect(as("alice")), await kit.connect(as("dora"))];
  await closedFor(dora, /user authentication expired/i);
  await alice.flush();
}

export async function nobody_comes_in_while_the_service_is_away(kit) {
  const { users, operator, as } = await open(kit, { porter: false });
  await kit.refused(as("alice"));
  await Porter.start(await users.connect("DOOR", "porter"), operator, guests);
  await kit.connect(as("alice"));
}

export async function who_brings_no_jwt_comes_with_the_default_sentinel(kit) {
  const { porter } = await open(kit);
  await kit.connect({ user: "alice", pass: "alice's", reconnect: false });
  assert.equal(porter.asked[0].connect_opts.user, "alice");
}
