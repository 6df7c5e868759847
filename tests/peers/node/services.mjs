// Services: discovery, statistics, groups and errors.
import assert from "node:assert/strict";

async function all(iterator) {
  const got = [];
  for await (const one of await iterator) got.push(one);
  return got;
}

export async function service_answers_and_is_found(kit) {
  const nc = await kit.connect();
  const service = await kit.client.services(nc).add({ name: "sums", version: "1.2.3", description: "adds", metadata: { team: "a" } });
  service.addEndpoint("add", (err, msg) => {
    const numbers = JSON.parse(msg.string());
    msg.respond(JSON.stringify(numbers.reduce((sum, one) => sum + one, 0)));
  });
  service.addGroup("v2").addGroup("deep").addEndpoint("fail", (err, msg) => msg.respondError(400, "no"));
  await nc.flush();
  const caller = await kit.connect();
  assert.equal((await caller.request("add", "[1,2,3]")).string(), "6");
  const refused = await caller.request("v2.deep.fail");
  assert.equal(refused.headers.get("Nats-Service-Error-Code"), "400");
  const client = kit.client.services(caller).client();
  const [ping] = await all(client.ping());
  assert.deepEqual([ping.name, ping.version, ping.metadata.team], ["sums", "1.2.3", "a"]);
  const [info] = await all(client.info("sums"));
  assert.deepEqual(info.endpoints.map((endpoint) => endpoint.subject), ["add", "v2.deep.fail"]);
  const [stats] = await all(client.stats("sums", ping.id));
  assert.deepEqual(stats.endpoints.map((endpoint) => endpoint.num_requests), [1, 1]);
  await service.stop();
  const left = await all(client.ping()).catch((err) => {
    if (!kit.client.isNoResponders(err)) throw err;
    return [];
  });
  assert.deepEqual(left, []);
}

export async function instances_of_a_service_share_its_requests(kit) {
  const services = [];
  for (let i = 0; i < 3; i++) {
    const nc = await kit.connect();
    const service = await kit.client.services(nc).add({ name: "echo", version: "0.0.1" });
    service.addEndpoint("echo", (err, msg) => msg.respond(msg.data));
    await nc.flush();
    services.push(service);
  }
  const caller = await kit.connect();
  for (let i = 0; i < 60; i++) assert.equal((await caller.request("echo", `${i}`)).string(), `${i}`);
  const stats = await all(kit.client.services(caller).client().stats("echo"));
  const counts = stats.map((one) => one.endpoints[0].num_requests);
  assert.equal(counts.length, 3);
  assert.equal(counts.reduce((sum, one) => sum + one, 0), 60);
  assert.ok(counts.every((count) => count > 0));
}
