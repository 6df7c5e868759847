// Publish and subscribe.
import assert from "node:assert/strict";

export async function connect_reports_the_server(kit) {
  const nc = await kit.connect({ name: "interop" });
  const { info } = nc;
  assert.match(info.version, /^2\.15\.\d+/);
  assert.match(info.server_id, /^N[A-Z2-7]{55}$/);
  assert.equal(info.max_payload, 1024 * 1024);
  assert.equal(info.headers, true);
  assert.equal(info.proto, 1);
  assert.equal(info.client_ip, "127.0.0.1");
  assert.ok(info.client_id > 0);
}

export async function publish_reaches_the_subscriber(kit) {
  const nc = await kit.connect();
  const sub = nc.subscribe("greetings");
  nc.publish("greetings", "hello");
  nc.publish("greetings");
  const [first, second] = await kit.messages(sub, 2);
  assert.equal(first.subject, "greetings");
  assert.equal(first.string(), "hello");
  assert.equal(second.data.length, 0);
}

export async function subscriber_on_another_connection_gets_it(kit) {
  const [a, b] = [await kit.connect(), await kit.connect()];
  const sub = b.subscribe("news");
  await b.flush();
  a.publish("news", "across");
  assert.deepEqual(await kit.texts(sub, 1), ["across"]);
}

export async function star_matches_exactly_one_token(kit) {
  const nc = await kit.connect();
  const sub = nc.subscribe("a.*.c");
  for (const subject of ["a.c", "a.b.c", "a.b.b.c", "a.x.c", "a.b.d"]) nc.publish(subject, subject);
  nc.publish("a.end.c", "end");
  assert.deepEqual(await kit.texts(sub, 3), ["a.b.c", "a.x.c", "end"]);
}

export async function greater_than_matches_every_tail(kit) {
  const nc = await kit.connect();
  const sub = nc.subscribe("a.>");
  for (const subject of ["a", "b.c", "a.b", "a.b.c.d"]) nc.publish(subject, subject);
  assert.deepEqual(await kit.texts(sub, 2), ["a.b", "a.b.c.d"]);
}

export async function overlapping_subscriptions_each_get_a_copy(kit) {
  const nc = await kit.connect();
  const subs = ["o.x", "o.*", "o.>", ">"].map((subject) => nc.subscribe(subject));
  nc.publish("o.x", "one");
  for (const sub of subs) assert.deepEqual(await kit.texts(sub, 1), ["one"]);
}

export async function queue_group_takes_each_message_once(kit) {
  const nc = await kit.connect();
  const seen = new Map();
  const counts = [0, 0, 0];
  counts.forEach((_, i) => nc.subscribe("jobs", {
    queue: "workers",
    callback: (_err, m) => {
      counts[i]++;
      seen.set(m.string(), (seen.get(m.string()) ?? 0) + 1);
    },
  }));
  for (let i = 0; i < 600; i++) nc.publish("jobs", `${i}`);
  await nc.flush();
  assert.equal(seen.size, 600);
  assert.ok([...seen.values()].every((n) => n === 1));
  assert.ok(counts.every((n) => n > 60), `uneven: ${counts}`);
}

export async function every_queue_group_and_plain_subscriber_gets_a_copy(kit) {
  const nc = await kit.connect();
  const counts = { red: 0, blue: 0, plain: 0 };
  for (const queue of ["red", "red", "blue", "blue"]) nc.subscribe("q.*", { queue, callback: () => counts[queue]++ });
  nc.subscribe("q.x", { callback: () => counts.plain++ });
  for (let i = 0; i < 100; i++) nc.publish("q.x");
  await nc.flush();
  assert.deepEqual(counts, { red: 100, blue: 100, plain: 100 });
}

export async function queue_group_survives_a_member_that_leaves(kit) {
  const [a, b, publisher] = [await kit.connect(), await kit.connect(), await kit.connect()];
  let got = 0;
  for (const nc of [a, b]) {
    nc.subscribe("jobs", { queue: "workers", callback: () => got++ });
    await nc.flush();
  }
  await a.close();
  await publisher.flush();
  for (let i = 0; i < 100; i++) publisher.publish("jobs");
  await publisher.flush();
  await b.flush();
  assert.equal(got, 100);
}

export async function headers_travel_with_the_message(kit) {
  const nc = await kit.connect();
  const sub = nc.subscribe("h");
  const h = kit.client.headers();
  h.append("Colour", "red");
  h.append("Colour", "green");
  h.set("x-lower", "kept as it is");
  nc.publish("h", "body", { headers: h });
  const [m] = await kit.messages(sub, 1);
  assert.equal(m.string(), "body");
  assert.deepEqual(m.headers.values("Colour"), ["red", "green"]);
  assert.equal(m.headers.get("x-lower"), "kept as it is");
}

export async function headers_travel_without_a_payload(kit) {
  const nc = await kit.connect();
  const sub = nc.subscribe("h");
  const h = kit.client.headers();
  h.set("Only", "me");
  nc.publish("h", undefined, { headers: h });
  const [m] = await kit.messages(sub, 1);
  assert.equal(m.data.length, 0);
  assert.equal(m.headers.get("Only"), "me");
}

export async function binary_payload_arrives_unchanged(kit) {
  const nc = await kit.connect();
  const sub = nc.subscribe("bin");
  const bytes = Uint8Array.from({ length: 1024 }, (_, i) => i % 256);
  nc.publish("bin", bytes);
  const [m] = await kit.messages(sub, 1);
  assert.equal(Buffer.compare(m.data, bytes), 0);
}

export async function payload_as_large_as_the_limit_passes(kit) {
  const [a, b] = [await kit.connect(), await kit.connect()];
  const sub = b.subscribe("big");
  await b.flush();
  const bytes = new Uint8Array(a.info.max_payload).map((_, i) => (i * 31) % 251);
  for (let i = 0; i < 4; i++) a.publish("big", bytes);
  for (const m of await kit.messages(sub, 4)) assert.equal(Buffer.compare(m.data, bytes), 0);
}

export async function payload_limit_is_learned_and_enforced(kit) {
  const nc = await kit.connect();
  assert.equal(nc.info.max_payload, 64);
  assert.throws(() => nc.publish("x", new Uint8Array(65)), (err) => kit.client.isMaxPayload(err));
  const sub = nc.subscribe("x");
  nc.publish("x", new Uint8Array(64));
  assert.equal((await kit.messages(sub, 1))[0].data.length, 64);
}

export async function unsubscribe_after_a_count_stops_there(kit) {
  const nc = await kit.connect();
  const got = [];
  const sub = nc.subscribe("s", { max: 3, callback: (_err, m) => got.push(m.string()) });
  for (let i = 0; i < 10; i++) nc.publish("s", `${i}`);
  await nc.flush();
  assert.deepEqual(got, ["0", "1", "2"]);
  assert.equal(sub.isClosed(), true);
}

export async function unsubscribe_stops_delivery(kit) {
  const nc = await kit.connect();
  let got = 0;
  const sub = nc.subscribe("s", { callback: () => got++ });
  nc.publish("s");
  await nc.flush();
  sub.unsubscribe();
  nc.publish("s");
  await nc.flush();
  assert.equal(got, 1);
}

export async function no_echo_keeps_own_messages_away(kit) {
  const [quiet, other] = [await kit.connect({ noEcho: true }), await kit.connect()];
  const sub = quiet.subscribe("e");
  await quiet.flush();
  quiet.publish("e", "own");
  await quiet.flush();
  other.publish("e", "other's");
  assert.deepEqual(await kit.texts(sub, 1), ["other's"]);
}

export async function verbose_and_pedantic_clients_are_served(kit) {
  const nc = await kit.connect({ verbose: true, pedantic: true });
  const sub = nc.subscribe("v");
  nc.publish("v", "ok");
  assert.deepEqual(await kit.texts(sub, 1), ["ok"]);
}

export async function hundred_thousand_messages_arrive_in_order(kit) {
  const [a, b] = [await kit.connect(), await kit.connect()];
  const total = 100_000;
  let next = 0;
  let wrong = 0;
  let finished;
  const done = new Promise((resolve) => { finished = resolve; });
  b.subscribe("n", {
    callback: (_err, m) => {
      if (m.string() !== `${next}`) wrong++;
      if (++next === total) finished();
    },
  });
  await b.flush();
  for (let i = 0; i < total; i++) {
    a.publish("n", `${i}`);
    if (i % 5000 === 4999) await a.flush();
  }
  await done;
  assert.equal(wrong, 0);
}

export async function ten_thousand_subscriptions_on_one_connection(kit) {
  const nc = await kit.connect();
  let got = 0;
  for (let i = 0; i < 10_000; i++) nc.subscribe(`many.${i}`, { callback: () => got++ });
  for (let i = 0; i < 10_000; i++) nc.publish(`many.${i}`);
  await nc.flush();
  assert.equal(got, 10_000);
}

export async function subjects_may_be_unicode(kit) {
  const nc = await kit.connect();
  const sub = nc.subscribe("grüße.*");
  nc.publish("grüße.日本", "ok");
  const [m] = await kit.messages(sub, 1);
  assert.equal(m.subject, "grüße.日本");
}
