// Streams: management, publishing, reading.
import assert from "node:assert/strict";

export async function stream_is_managed(kit) {
  const jsm = await kit.client.jetstreamManager(await kit.connect());
  const made = await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"], max_msgs: 100 });
  assert.equal(made.config.max_msgs, 100);
  assert.deepEqual(await jsm.streams.names().next(), ["ORDERS"]);
  assert.equal(await jsm.streams.find("orders.new"), "ORDERS");
  const updated = await jsm.streams.update("ORDERS", { max_msgs: 5, description: "orders" });
  assert.equal(updated.config.description, "orders");
  const account = await jsm.getAccountInfo();
  assert.equal(account.streams, 1);
  const listed = await jsm.streams.list().next();
  assert.equal(listed[0].config.name, "ORDERS");
  assert.equal(await jsm.streams.delete("ORDERS"), true);
  await assert.rejects(jsm.streams.info("ORDERS"), (err) => kit.client.jetStreamCode(err) === 10059);
}

export async function publish_is_acknowledged_once(kit) {
  const nc = await kit.connect();
  const jsm = await kit.client.jetstreamManager(nc);
  await jsm.streams.add({ name: "S", subjects: ["s.>"] });
  const js = kit.client.jetstream(nc);
  const first = await js.publish("s.1", "one", { msgID: "a" });
  assert.deepEqual([first.stream, first.seq, first.duplicate], ["S", 1, false]);
  const again = await js.publish("s.1", "one", { msgID: "a" });
  assert.deepEqual([again.seq, again.duplicate], [1, true]);
  assert.equal((await js.publish("s.1", "two", { expect: { lastSequence: 1, streamName: "S" } })).seq, 2);
  assert.equal((await js.publish("s.1", "three", { expect: { lastSubjectSequence: 2 } })).seq, 3);
  await assert.rejects(js.publish("s.1", "four", { expect: { lastSequence: 1 } }), (err) => kit.client.jetStreamCode(err) === 10071);
  await assert.rejects(js.publish("nobody.listens", "x"));
  const acks = await Promise.all(Array.from({ length: 500 }, (_, i) => js.publish(`s.${i}`, `${i}`)));
  assert.deepEqual(acks.map((ack) => ack.seq), Array.from({ length: 500 }, (_, i) => i + 4));
}

export async function messages_are_read_removed_and_purged(kit) {
  const nc = await kit.connect();
  const jsm = await kit.client.jetstreamManager(nc);
  await jsm.streams.add({ name: "S", subjects: ["s.>"], allow_direct: true });
  const js = kit.client.jetstream(nc);
  for (let i = 0; i < 6; i++) await js.publish(`s.${i % 2}`, `m${i}`);
  assert.equal((await jsm.streams.getMessage("S", { seq: 2 })).string(), "m1");
  assert.equal((await jsm.streams.getMessage("S", { last_by_subj: "s.0" })).seq, 5);
  assert.equal((await jsm.direct.getMessage("S", { last_by_subj: "s.1" })).string(), "m5");
  assert.equal((await jsm.direct.getMessage("S", { seq: 3, next_by_subj: "s.1" })).seq, 4);
  assert.equal(await jsm.streams.deleteMessage("S", 2), true);
  const { state } = await jsm.streams.info("S", { deleted_details: true, subjects_filter: ">" });
  assert.deepEqual([state.deleted, state.subjects], [[2], { "s.0": 3, "s.1": 2 }]);
  assert.equal((await jsm.streams.purge("S", { filter: "s.1" })).purged, 2);
  assert.equal((await jsm.streams.purge("S", { keep: 1 })).purged, 2);
  assert.equal((await jsm.streams.info("S")).state.first_seq, 5);
}

export async function domain_is_used_by_the_client(kit) {
  const nc = await kit.connect();
  const jsm = await kit.client.jetstreamManager(nc, { domain: "hub" });
  await jsm.streams.add({ name: "S", subjects: ["s"] });
  const js = kit.client.jetstream(nc, { domain: "hub" });
  assert.equal((await js.publish("s", "x")).domain, "hub");
  await jsm.consumers.add("S", { durable_name: "C", ack_policy: "explicit" });
  const message = await (await js.consumers.get("S", "C")).next({ expires: 5000 });
  assert.equal(message.string(), "x");
  assert.equal(await message.ackAck(), true);
}
