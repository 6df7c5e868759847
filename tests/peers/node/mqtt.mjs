// MQTT.js against an MQTT listener: node mqtt.mjs SCENARIO PORT
import { createRequire } from "node:module";
import { join } from "node:path";
import assert from "node:assert/strict";

const mqtt = createRequire(join(process.env.NATS_PEERS, "node", "package.json"))("mqtt");
const [scenario, port] = process.argv.slice(2);

// A client with everything it got, as "topic payload qos flags".
async function connect(options = {}) {
  // Who waited for the connection first would miss what a waiting session gets with the same packet.
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, reconnectPeriod: 0, ...options });
  client.got = [];
  client.waiters = [];
  client.on("message", (topic, payload, packet) => {
    client.got.push(`${topic} ${payload.length > 100 ? payload.length : payload} ${packet.qos}${packet.retain ? " retained" : ""}`);
    client.waiters.forEach((look) => look());
  });
  await new Promise((resolve, reject) => {
    client.once("connect", resolve);
    client.once("error", (error) => client.end(true, () => reject(error)));
    client.once("close", () => reject(new Error("the connection was closed")));
  });
  return client;
}

async function expect(client, ...lines) {
  await new Promise((resolve) => {
    const look = () => client.got.length >= lines.length && resolve();
    client.waiters.push(look);
    look();
  });
  assert.deepEqual(client.got.splice(0, lines.length).sort(), lines.sort());
}

const scenarios = {
  async qualities() {
    const [a, b] = [await connect(), await connect()];
    const granted = await a.subscribeAsync({ "q/0": { qos: 0 }, "q/1": { qos: 1 }, "q/2": { qos: 2 } });
    assert.deepEqual(granted.map((one) => one.qos), [0, 1, 2]);
    for (const published of [0, 1, 2]) {
      for (const subscribed of [0, 1, 2]) {
        await b.publishAsync(`q/${subscribed}`, `m${published}`, { qos: published });
        await expect(a, `q/${subscribed} m${published} ${Math.min(published, subscribed)}`);
      }
    }
    await Promise.all([a.endAsync(), b.endAsync()]);
  },

  async retained() {
    const b = await connect();
    await b.publishAsync("r/one", "kept", { qos: 1, retain: true });
    await b.publishAsync("r/two", "kept too", { qos: 2, retain: true });
    const a = await connect();
    await a.subscribeAsync("r/#", { qos: 1 });
    await expect(a, "r/one kept 1 retained", "r/two kept too 1 retained");
    await b.publishAsync("r/one", "", { qos: 1, retain: true });
    await expect(a, "r/one  1");
    const c = await connect();
    await c.subscribeAsync("r/#");
    await expect(c, "r/two kept too 0 retained");
    await Promise.all([a.endAsync(), b.endAsync(), c.endAsync()]);
  },

  async sessions() {
    const options = { clientId: "persistent", clean: false };
    let a = await connect(options);
    await a.subscribeAsync({ "s/1": { qos: 1 }, "s/2": { qos: 2 } });
    await a.endAsync();
    const b = await connect();
    for (let i = 0; i < 20; i++) await b.publishAsync(`s/${1 + (i % 2)}`, `m${i}`, { qos: 1 + (i % 2) });
    a = await connect({ ...options, manualConnect: false });
    await expect(a, ...Array.from({ length: 20 }, (_, i) => `s/${1 + (i % 2)} m${i} ${1 + (i % 2)}`));
    await a.unsubscribeAsync(["s/1", "s/2"]);
    await a.endAsync();
    await b.publishAsync("s/1", "nobody", { qos: 1 });
    a = await connect(options);
    await new Promise((resolve) => a.on("packetsend", () => resolve()) && a.publish("x", "y"));
    assert.deepEqual(a.got, []);
    await Promise.all([a.endAsync(), b.endAsync()]);
  },

  async will() {
    const b = await connect();
    await b.subscribeAsync("will/#", { qos: 1 });
    const a = await connect({ will: { topic: "will/a", payload: "gone", qos: 1, retain: true } });
    a.stream.destroy();
    await expect(b, "will/a gone 1");
    const c = await connect();
    await c.subscribeAsync("will/a", { qos: 1 });
    await expect(c, "will/a gone 1 retained");
    await Promise.all([b.endAsync(), c.endAsync()]);
  },

  async many() {
    const [a, b] = [await connect(), await connect()];
    await a.subscribeAsync("many/+", { qos: 2 });
    const lines = [];
    const sent = [];
    for (let i = 0; i < 500; i++) {
      const qos = i % 3;
      lines.push(`many/${i} m${i} ${qos}`);
      sent.push(b.publishAsync(`many/${i}`, `m${i}`, { qos }));
    }
    await Promise.all(sent);
    await expect(a, ...lines);
    await b.publishAsync("many/large", Buffer.alloc(900_000), { qos: 2 });
    await expect(a, "many/large 900000 2");
    await Promise.all([a.endAsync(), b.endAsync()]);
  },
};

await scenarios[scenario]();
