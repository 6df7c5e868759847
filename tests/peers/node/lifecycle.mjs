// Connections over time: pings, drains, restarts, lame duck.
import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { within } from "./kit.mjs";

export async function round_trip_time_is_measured(kit) {
  const nc = await kit.connect();
  const rtt = await nc.rtt();
  assert.ok(rtt >= 0 && rtt < 5000, `${rtt}`);
}

export async function client_pings_are_answered(kit) {
  const nc = await kit.connect({ pingInterval: 50, maxPingOut: 2, reconnect: false });
  await kit.status(nc, pingCounter(10), "ten pings");
  assert.equal(nc.isClosed(), false);
  await nc.flush();
}

function pingCounter(wanted) {
  let pings = 0;
  return (status) => /^ping/.test(status.type) && ++pings === wanted;
}

export async function server_pings_are_answered(kit) {
  // The server of this scenario pings every 200 ms and gives up after one without answer: on those who came later, but do not answer.
  const nc = await kit.connect({ reconnect: false });
  for (let i = 0; i < 2; i++) assert.match(await within(silence(kit.url), "the server to give up on a silent client"), /Stale Connection/);
  await nc.flush();
  assert.equal(nc.isClosed(), false);
}

// What a client is told that says nothing after its first PING.
function silence(url) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let told = "";
    const socket = createConnection({ host: hostname, port }, () => socket.write("CONNECT {}\r\nPING\r\n"));
    socket.on("data", (data) => { told += data; });
    socket.on("error", reject);
    socket.on("close", () => resolve(told));
  });
}

export async function drained_subscription_handles_what_is_in_flight(kit) {
  const nc = await kit.connect();
  let got = 0;
  const sub = nc.subscribe("d", { callback: () => got++ });
  for (let i = 0; i < 1000; i++) nc.publish("d");
  await within(sub.drain(), "the drain");
  nc.publish("d");
  await nc.flush();
  assert.equal(got, 1000);
}

export async function drained_connection_publishes_and_closes(kit) {
  const [a, b] = [await kit.connect(), await kit.connect()];
  let got = 0;
  let last;
  const all = new Promise((resolve) => { last = resolve; });
  b.subscribe("d", { callback: () => { if (++got === 1000) last(); } });
  await b.flush();
  for (let i = 0; i < 1000; i++) a.publish("d");
  await within(a.drain(), "the drain");
  assert.equal(a.isClosed(), true);
  await within(all, "what the drained connection published");
}

export async function close_is_clean(kit) {
  const nc = await kit.connect();
  const closed = nc.closed();
  await nc.close();
  assert.equal(await within(closed, "closed()"), undefined);
}

export async function client_reconnects_and_subscribes_again_after_a_restart(kit) {
  const nc = await kit.connect({ reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  const sub = nc.subscribe("r");
  const auto = nc.subscribe("auto", { max: 2 });
  nc.publish("auto", "1");
  nc.publish("r", "before");
  assert.deepEqual(await kit.texts(sub, 1), ["before"]);
  assert.deepEqual(await kit.texts(auto, 1), ["1"]);
  const reconnected = kit.status(nc, (s) => s.type === "reconnect", "the reconnect");
  await kit.ask("restart");
  await reconnected;
  nc.publish("r", "after");
  nc.publish("auto", "2");
  nc.publish("auto", "3");
  assert.deepEqual(await kit.texts(sub, 1), ["after"]);
  assert.deepEqual(await kit.texts(auto, 1), ["2"]);
  assert.equal(await kit.ended(auto), true);
}

export async function lame_duck_mode_is_announced_before_the_close(kit) {
  const nc = await kit.connect({ reconnect: false });
  const seen = [];
  const notified = kit.status(nc, (s) => { seen.push(s.type); return s.type === "ldm"; }, "the lame duck notice");
  await kit.ask("lame duck");
  await notified;
  await nc.flush();
  assert.equal(nc.isClosed(), false);
}

export async function connection_limit_refuses_one_more(kit) {
  const first = await kit.connect();
  await kit.connect();
  await kit.refused();
  await first.close();
  await kit.connect({ waitOnFirstConnect: true, reconnectTimeWait: 50 });
}

export async function subscription_limit_refuses_one_more(kit) {
  const nc = await kit.connect();
  const failed = kit.status(nc, (s) => s.type === "error", "the refusal");
  const got = [];
  for (let i = 0; i < 4; i++) nc.subscribe(`s.${i}`, { callback: (_err, m) => got.push(m.subject) });
  await failed;
  for (let i = 0; i < 4; i++) nc.publish(`s.${i}`);
  await nc.flush();
  assert.deepEqual(got, ["s.0", "s.1", "s.2"]);
}
