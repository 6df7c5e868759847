// Key-value buckets, as both clients use them.
import assert from "node:assert/strict";
import { within } from "./kit.mjs";

export async function keys_are_put_read_and_deleted(kit) {
  const kv = await kit.client.bucket(await kit.connect(), "B", { history: 5 });
  assert.equal(await kv.put("a.x", "1"), 1);
  assert.equal(await kv.put("a.x", "2"), 2);
  const entry = await kv.get("a.x");
  assert.deepEqual([entry.key, entry.string(), entry.revision, entry.operation], ["a.x", "2", 2, "PUT"]);
  assert.equal((await kv.get("a.x", { revision: 1 })).string(), "1");
  assert.equal(await kv.get("nothing"), null);
  await kv.delete("a.x");
  assert.equal((await kv.get("a.x")).operation, "DEL");
  await kv.put("b", "3");
  await kv.purge("b");
  assert.equal((await kv.get("b")).operation, "PURGE");
  const status = await kv.status();
  assert.deepEqual([status.bucket, status.history, status.values], ["B", 5, 4]);
}

export async function keys_change_only_as_expected(kit) {
  const kv = await kit.client.bucket(await kit.connect(), "B", { history: 3 });
  const first = await kv.create("k", "1");
  await assert.rejects(kv.create("k", "2"), (err) => kit.client.jetStreamCode(err) === 10071);
  const second = await kv.update("k", "2", first);
  await assert.rejects(kv.update("k", "3", first), (err) => kit.client.jetStreamCode(err) === 10071);
  await kv.delete("k", { previousSeq: second });
  assert.equal(await kv.create("k", "4"), 4);
}

export async function history_and_keys_are_listed(kit) {
  const kv = await kit.client.bucket(await kit.connect(), "B", { history: 3 });
  for (let i = 0; i < 5; i++) await kv.put("k", `${i}`);
  await kv.put("a.b", "x");
  await kv.put("gone", "x");
  await kv.delete("gone");
  const history = [];
  for await (const entry of await kv.history({ key: "k" })) history.push([entry.revision, entry.string()]);
  assert.deepEqual(history, [[3, "2"], [4, "3"], [5, "4"]]);
  const keys = [];
  for await (const key of await kv.keys()) keys.push(key);
  assert.deepEqual(keys.sort(), ["a.b", "k"]);
  const some = [];
  for await (const key of await kv.keys("a.*")) some.push(key);
  assert.deepEqual(some, ["a.b"]);
}

export async function watcher_sees_what_was_and_what_comes(kit) {
  const nc = await kit.connect();
  const kv = await kit.client.bucket(nc, "B", { history: 2 });
  await kv.put("a", "1");
  await kv.put("b", "1");
  await kv.put("a", "2");
  const watch = await kv.watch();
  const seen = [];
  await within((async () => {
    for await (const entry of watch) {
      seen.push(`${entry.key}=${entry.operation === "PUT" ? entry.string() : entry.operation}`);
      if (seen.length === 2) {
        await kv.put("c", "3");
        await kv.delete("b");
      }
      if (seen.length === 4) break;
    }
  })(), "four changes");
  assert.deepEqual(seen, ["b=1", "a=2", "c=3", "b=DEL"]);
}

export async function purged_keys_leave_nothing(kit) {
  const nc = await kit.connect();
  const kv = await kit.client.bucket(nc, "B", { history: 10 });
  for (let i = 0; i < 4; i++) await kv.put("k", `${i}`);
  await kv.put("other", "x");
  await kv.purge("k");
  assert.equal((await kv.status()).values, 2);
  await kv.purgeDeletes(0);
  assert.equal((await kv.status()).values, 1);
  assert.equal(await kv.destroy(), true);
  const jsm = await kit.client.jetstreamManager(nc);
  assert.deepEqual(await jsm.streams.names().next(), []);
}

export async function bucket_survives_a_restart(kit) {
  const kv = await kit.client.bucket(await kit.connect(), "B", { history: 2 });
  await kv.put("k", "1");
  await kv.put("k", "2");
  await kit.ask("restart");
  const again = await kit.client.bucket(await kit.connect(), "B", { history: 2 });
  assert.equal((await again.get("k")).revision, 2);
  assert.equal(await again.update("k", "3", 2), 3);
}

export async function thousand_keys_are_watched_completely(kit) {
  const nc = await kit.connect();
  const kv = await kit.client.bucket(nc, "B");
  for (let i = 0; i < 1000; i += 100) await Promise.all(Array.from({ length: 100 }, (_, n) => kv.put(`k.${i + n}`, "v")));
  const keys = new Set();
  for await (const key of await kv.keys()) keys.add(key);
  assert.equal(keys.size, 1000);
}

export async function keys_expire_and_leave_markers(kit) {
  // The older client knows of neither.
  if (!kit.client.bucketsExpire) return;
  const kv = await kit.client.bucket(await kit.connect(), "B", { history: 3, markerTTL: 1500 });
  const changes = (await kv.watch({ include: "updates" }))[Symbol.asyncIterator]();
  const seen = async (...expected) => {
    for (const change of expected) {
      const { value } = await within(changes.next(), change);
      assert.equal(`${value.key} ${value.operation}`, change);
    }
  };
  await kv.create("short", "lived", "1s");
  await kv.put("long", "lived");
  await kv.put("gone", "soon");
  // A purge takes what it purges from who has not seen it yet.
  await seen("short PUT", "long PUT", "gone PUT");
  await kv.purge("gone", { ttl: "1s" });
  await seen("gone PURGE", "short PURGE");
  // The marker goes as well.
  while ((await kv.status()).values > 1) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await kv.get("short"), null);
  assert.equal((await kv.get("long")).string(), "lived");
}

export async function watchers_choose_what_they_see(kit) {
  const kv = await kit.client.bucket(await kit.connect(), "B", { history: 5 });
  for (const [key, value] of [["a.1", "1"], ["a.1", "2"], ["a.2", "3"], ["b", "4"]]) await kv.put(key, value);
  await kv.delete("a.2");
  const seen = async (options, count) => {
    const entries = [];
    await within((async () => {
      for await (const entry of await kv.watch(options)) {
        entries.push(`${entry.key}=${entry.operation === "PUT" ? entry.string() : entry.operation}`);
        if (entries.length === count) break;
      }
    })(), `${count} entries`);
    return entries;
  };
  assert.deepEqual(await seen({ ignoreDeletes: true }, 2), ["a.1=2", "b=4"]);
  assert.deepEqual(await seen({ include: "history", key: "a.1" }, 2), ["a.1=1", "a.1=2"]);
  assert.deepEqual(await seen({ headers_only: true }, 3), ["a.1=", "b=", "a.2=DEL"]);
  assert.deepEqual(await seen({ resumeFromRevision: 3 }, 3), ["a.2=3", "b=4", "a.2=DEL"]);
  assert.deepEqual(await seen({ key: ["a.1", "b"] }, 2), ["a.1=2", "b=4"]);
}
