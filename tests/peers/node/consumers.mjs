// Consumers: pull, push, ordered, their acknowledgements and their life.
import assert from "node:assert/strict";
import { within } from "./kit.mjs";

const SECOND = 1_000_000_000;

async function stream(kit, count = 0, config = {}) {
  const nc = await kit.connect();
  const jsm = await kit.client.jetstreamManager(nc);
  const js = kit.client.jetstream(nc);
  await jsm.streams.add({ name: "S", subjects: ["s.>"], ...config });
  for (let i = 0; i < count; i++) await js.publish(`s.${i % 2}`, `m${i}`);
  return { nc, jsm, js };
}

async function all(iterator) {
  const got = [];
  for await (const m of iterator) got.push(m);
  return got;
}

// The iterator stays open: leaving a loop over it would end it.
async function take(messages, count, each = () => {}) {
  const got = [];
  const iterator = messages[Symbol.asyncIterator]();
  while (got.length < count) {
    const { value } = await within(iterator.next(), `message ${got.length + 1} of ${count}`);
    await each(value);
    got.push(value);
  }
  return got;
}

async function until(condition, what) {
  await within((async () => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
  })(), what);
}

export async function consumer_is_managed(kit) {
  const { jsm } = await stream(kit, 4);
  const made = await jsm.consumers.add("S", { durable_name: "C", ack_policy: "explicit", filter_subject: "s.1" });
  assert.deepEqual([made.name, made.num_pending, made.config.ack_wait], ["C", 2, 30 * SECOND]);
  const updated = await jsm.consumers.update("S", "C", { max_deliver: 3, description: "d" });
  assert.deepEqual([updated.config.max_deliver, updated.config.description], [3, "d"]);
  await assert.rejects(jsm.consumers.add("S", { durable_name: "C", ack_policy: "none" }));
  const listed = await jsm.consumers.list("S").next();
  assert.deepEqual(listed.map((info) => info.name), ["C"]);
  assert.equal((await jsm.streams.info("S")).state.consumer_count, 1);
  assert.equal(await jsm.consumers.delete("S", "C"), true);
  await assert.rejects(jsm.consumers.info("S", "C"), (err) => kit.client.jetStreamCode(err) === 10014);
}

export async function fetch_takes_a_batch_and_acks_move_the_floor(kit) {
  const { jsm, js } = await stream(kit, 10);
  await jsm.consumers.add("S", { durable_name: "C", ack_policy: "explicit" });
  const consumer = await js.consumers.get("S", "C");
  const batch = await all(await consumer.fetch({ max_messages: 4, expires: 5000 }));
  assert.deepEqual(batch.map((m) => m.string()), ["m0", "m1", "m2", "m3"]);
  assert.deepEqual([batch[3].info.streamSequence, batch[3].info.pending, batch[3].redelivered], [4, 6, false]);
  batch[1].ack();
  assert.equal(await batch[0].ackAck(), true);
  const info = await consumer.info();
  assert.deepEqual([info.ack_floor.stream_seq, info.num_ack_pending, info.num_pending], [2, 2, 6]);
}

export async function next_waits_and_ends_with_nothing(kit) {
  const { jsm, js } = await stream(kit);
  await jsm.consumers.add("S", { durable_name: "C", ack_policy: "explicit" });
  const consumer = await js.consumers.get("S", "C");
  assert.equal(await consumer.next({ expires: 1000 }), null);
  const waiting = consumer.next({ expires: 10_000 });
  await js.publish("s.1", "late");
  assert.equal((await waiting).string(), "late");
}

export async function consume_goes_on_until_it_is_stopped(kit) {
  const { jsm, js } = await stream(kit, 20);
  await jsm.consumers.add("S", { durable_name: "C", ack_policy: "explicit" });
  const messages = await (await js.consumers.get("S", "C")).consume({ max_messages: 7 });
  const publishing = (async () => {
    for (let i = 20; i < 100; i++) await js.publish("s.x", `m${i}`);
  })();
  const got = await take(messages, 100, (m) => m.ack());
  await publishing;
  assert.deepEqual(got.map((m) => m.string()), Array.from({ length: 100 }, (_, i) => `m${i}`));
  messages.stop();
  await until(async () => (await jsm.consumers.info("S", "C")).ack_floor.stream_seq === 100, "all acknowledgements");
}

export async function nak_delay_term_and_progress_are_honoured(kit) {
  const { jsm, js } = await stream(kit, 3);
  await jsm.consumers.add("S", { durable_name: "C", ack_policy: "explicit", ack_wait: SECOND });
  const consumer = await js.consumers.get("S", "C");
  const [a, b, c] = await all(await consumer.fetch({ max_messages: 3, expires: 5000 }));
  a.nak();
  b.term();
  const again = await consumer.next({ expires: 5000 });
  assert.deepEqual([again.string(), again.redelivered, again.info.deliveryCount], ["m0", true, 2]);
  const start = Date.now();
  again.nak(700);
  for (let i = 0; i < 5; i++) {
    c.working();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const third = await consumer.next({ expires: 5000 });
  assert.deepEqual([third.string(), third.info.deliveryCount], ["m0", 3]);
  assert.ok(Date.now() - start >= 690);
  assert.equal(await third.ackAck(), true);
  assert.equal(await c.ackAck(), true);
  const info = await consumer.info();
  assert.deepEqual([info.ack_floor.stream_seq, info.num_ack_pending], [3, 0]);
}

export async function unacknowledged_messages_come_back_after_the_wait(kit) {
  const { jsm, js } = await stream(kit, 1);
  await jsm.consumers.add("S", { durable_name: "C", ack_policy: "explicit", ack_wait: SECOND / 2, max_deliver: 2 });
  const consumer = await js.consumers.get("S", "C");
  assert.equal((await consumer.next({ expires: 5000 })).info.deliveryCount, 1);
  assert.equal((await consumer.next({ expires: 5000 })).info.deliveryCount, 2);
  assert.equal(await consumer.next({ expires: 1500 }), null);
}

export async function filters_select_and_start_points_begin(kit) {
  const { jsm, js } = await stream(kit, 10);
  const first = async (config) => {
    const info = await jsm.consumers.add("S", { ack_policy: "explicit", ...config });
    const m = await (await js.consumers.get("S", info.name)).next({ expires: 5000 });
    return [m.string(), info.num_pending];
  };
  assert.deepEqual(await first({ filter_subjects: ["s.1", "s.9"] }), ["m1", 5]);
  assert.deepEqual(await first({ deliver_policy: "last" }), ["m9", 1]);
  assert.deepEqual(await first({ deliver_policy: "last_per_subject", filter_subject: "s.*" }), ["m8", 2]);
  assert.deepEqual(await first({ deliver_policy: "by_start_sequence", opt_start_seq: 4 }), ["m3", 7]);
  assert.deepEqual(await first({ deliver_policy: "by_start_time", opt_start_time: "2020-01-01T00:00:00Z" }), ["m0", 10]);
}

export async function ordered_consumer_reads_everything_in_order(kit) {
  const { jsm, js } = await stream(kit, 0);
  for (let i = 0; i < 1000; i += 100) await Promise.all(Array.from({ length: 100 }, (_, n) => js.publish("s.1", `${i + n}`)));
  const consumer = await js.consumers.get("S");
  const messages = await consumer.consume({ max_messages: 100 });
  const sequences = (await take(messages, 300)).map((m) => m.seq);
  messages.stop();
  assert.deepEqual(sequences, Array.from({ length: 300 }, (_, i) => i + 1));
  const filtered = await js.consumers.get("S", { filterSubjects: ["s.1"], opt_start_seq: 901, deliver_policy: "by_start_sequence" });
  const rest = await all(await filtered.fetch({ max_messages: 100, expires: 5000 }));
  assert.deepEqual([rest.length, rest[0].seq], [100, 901]);
}

export async function ordered_consumer_goes_on_when_its_consumer_is_deleted(kit) {
  const { jsm, js } = await stream(kit, 20);
  const messages = await (await js.consumers.get("S")).consume({ max_messages: 5, idle_heartbeat: 1000 });
  const iterator = messages[Symbol.asyncIterator]();
  const sequences = [];
  while (sequences.length < 40) {
    sequences.push((await within(iterator.next(), `message ${sequences.length + 1}`)).value.seq);
    if (sequences.length !== 20) continue;
    for (const name of (await jsm.consumers.list("S").next()).map((info) => info.name)) await jsm.consumers.delete("S", name);
    for (let i = 20; i < 40; i++) await js.publish("s.1", `m${i}`);
  }
  messages.stop();
  assert.deepEqual(sequences, Array.from({ length: 40 }, (_, i) => i + 1));
}

export async function push_consumer_delivers_to_who_listens(kit) {
  const { nc, jsm, js } = await stream(kit, 5);
  await jsm.consumers.add("S", {
    durable_name: "P", ack_policy: "explicit", deliver_subject: "deliver.here", idle_heartbeat: 5 * SECOND, flow_control: true,
  });
  const messages = await kit.client.pushed(nc, "S", "P");
  const got = await take(messages, 5, (m) => m.ack());
  assert.deepEqual(got.map((m) => m.string()), ["m0", "m1", "m2", "m3", "m4"]);
  await until(async () => (await jsm.consumers.info("S", "P")).num_ack_pending === 0, "all acknowledgements");
}

export async function work_queue_gives_each_message_to_one_worker(kit) {
  const { jsm, js } = await stream(kit, 60, { retention: "workqueue" });
  await jsm.consumers.add("S", { durable_name: "W", ack_policy: "explicit" });
  const seen = [];
  await Promise.all([0, 1, 2].map(async () => {
    const worker = kit.client.jetstream(await kit.connect());
    const consumer = await worker.consumers.get("S", "W");
    for (;;) {
      const batch = await all(await consumer.fetch({ max_messages: 5, expires: 1000 }));
      if (batch.length === 0) return;
      for (const m of batch) {
        seen.push(m.seq);
        await m.ackAck();
      }
    }
  }));
  assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: 60 }, (_, i) => i + 1));
  assert.equal((await jsm.streams.info("S")).state.messages, 0);
}

export async function paused_consumer_waits_and_goes_on(kit) {
  const { jsm, js } = await stream(kit, 1);
  await jsm.consumers.add("S", { durable_name: "C", ack_policy: "explicit" });
  const paused = await jsm.consumers.pause("S", "C", new Date(Date.now() + 60_000));
  assert.equal(paused.paused, true);
  const consumer = await js.consumers.get("S", "C");
  assert.equal(await consumer.next({ expires: 1000 }), null);
  assert.equal((await consumer.info()).paused, true);
  assert.equal((await jsm.consumers.resume("S", "C")).paused, false);
  assert.equal((await consumer.next({ expires: 5000 })).string(), "m0");
}

export async function durable_consumer_remembers_across_a_restart(kit) {
  const { jsm, js } = await stream(kit, 6);
  await jsm.consumers.add("S", { durable_name: "C", ack_policy: "explicit" });
  const batch = await all(await (await js.consumers.get("S", "C")).fetch({ max_messages: 4, expires: 5000 }));
  for (const m of batch.slice(0, 3)) assert.equal(await m.ackAck(), true);
  await kit.ask("stop and start");
  const later = await kit.connect();
  const info = await (await kit.client.jetstreamManager(later)).consumers.info("S", "C");
  assert.deepEqual([info.ack_floor.stream_seq, info.num_ack_pending, info.num_pending], [3, 1, 2]);
  const rest = await all(await (await kit.client.jetstream(later).consumers.get("S", "C")).fetch({ max_messages: 2, expires: 5000 }));
  assert.deepEqual(rest.map((m) => m.string()), ["m4", "m5"]);
}

export async function idle_ephemeral_consumer_goes_away(kit) {
  const { jsm } = await stream(kit, 1);
  await jsm.consumers.add("S", { name: "E", ack_policy: "explicit", inactive_threshold: SECOND / 2 });
  await until(async () => (await jsm.consumers.list("S").next()).length === 0, "the consumer to go");
}
