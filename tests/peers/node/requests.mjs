// Request and reply.
import assert from "node:assert/strict";

function responder(nc, subject, answer, options = {}) {
  nc.subscribe(subject, { ...options, callback: (_err, m) => m.respond(answer(m)) });
  return nc.flush();
}

export async function request_gets_the_reply(kit) {
  const [service, caller] = [await kit.connect(), await kit.connect()];
  await responder(service, "upper", (m) => m.string().toUpperCase());
  const reply = await caller.request("upper", "hello", { timeout: 5000 });
  assert.equal(reply.string(), "HELLO");
}

export async function request_with_its_own_inbox_gets_the_reply(kit) {
  const [service, caller] = [await kit.connect(), await kit.connect()];
  await responder(service, "echo", (m) => m.data);
  const reply = await caller.request("echo", "alone", { timeout: 5000, noMux: true });
  assert.equal(reply.string(), "alone");
}

export async function concurrent_requests_get_their_own_replies(kit) {
  const [service, caller] = [await kit.connect(), await kit.connect()];
  await responder(service, "echo", (m) => m.data);
  const replies = await Promise.all(Array.from({ length: 500 }, (_, i) => caller.request("echo", `${i}`, { timeout: 10_000 })));
  replies.forEach((reply, i) => assert.equal(reply.string(), `${i}`));
}

export async function request_many_collects_all_replies(kit) {
  const caller = await kit.connect();
  for (let i = 0; i < 3; i++) await responder(await kit.connect(), "roll", () => `${i}`);
  const replies = await caller.requestMany("roll", undefined, { ...kit.client.countStrategy, maxMessages: 3, maxWait: 10_000 });
  const got = [];
  for await (const m of replies) got.push(m.string());
  assert.deepEqual(got.sort(), ["0", "1", "2"]);
}

export async function queue_group_answers_a_request_once(kit) {
  const caller = await kit.connect();
  let answered = 0;
  for (let i = 0; i < 3; i++) await responder(await kit.connect(), "svc", () => `${++answered}`, { queue: "svc" });
  for (let i = 1; i <= 30; i++) await caller.request("svc", "", { timeout: 5000 });
  await caller.flush();
  assert.equal(answered, 30);
}

export async function request_without_responders_fails_at_once(kit) {
  const nc = await kit.connect();
  const started = Date.now();
  await assert.rejects(nc.request("nobody", "", { timeout: 15_000 }), (err) => kit.client.isNoResponders(err));
  assert.ok(Date.now() - started < 10_000);
}

export async function no_responders_status_names_the_subject(kit) {
  const nc = await kit.connect();
  const sub = nc.subscribe("inbox");
  nc.publish("nobody.here", "x", { reply: "inbox" });
  const [m] = await kit.messages(sub, 1);
  assert.equal(m.headers.code, 503);
  assert.equal(m.headers.get("Nats-Subject"), "nobody.here");
  assert.equal(m.data.length, 0);
}

export async function request_that_nobody_answers_times_out(kit) {
  const nc = await kit.connect();
  nc.subscribe("silent", { callback: () => {} });
  await assert.rejects(nc.request("silent", "", { timeout: 200 }), (err) => kit.client.isTimeout(err));
}

export async function reply_carries_headers(kit) {
  const [service, caller] = [await kit.connect(), await kit.connect()];
  service.subscribe("h", {
    callback: (_err, m) => {
      const h = kit.client.headers();
      h.set("Seen", m.headers.get("Ask"));
      m.respond("", { headers: h });
    },
  });
  await service.flush();
  const h = kit.client.headers();
  h.set("Ask", "42");
  const reply = await caller.request("h", "", { timeout: 5000, headers: h });
  assert.equal(reply.headers.get("Seen"), "42");
}

export async function custom_inbox_prefix_is_used(kit) {
  const nc = await kit.connect({ inboxPrefix: "_my.box" });
  let replyTo;
  nc.subscribe("p", { callback: (_err, m) => { replyTo = m.reply; m.respond("ok"); } });
  await nc.request("p", "", { timeout: 5000 });
  assert.match(replyTo, /^_my\.box\./);
}
