// Object stores, as both clients use them.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { within } from "./kit.mjs";

async function bytesOf(result) {
  const parts = [];
  for await (const chunk of streamOf(result.data)) parts.push(chunk);
  assert.ok(!(await result.error));
  return Buffer.concat(parts);
}

async function* streamOf(readable) {
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function readable(bytes) {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 65536) controller.enqueue(bytes.subarray(at, at + 65536));
      controller.close();
    },
  });
}

export async function object_travels_in_chunks_and_back(kit) {
  const store = await kit.client.objects(await kit.connect(), "O", {});
  const bytes = randomBytes(3 * 1024 * 1024 + 17);
  const info = await store.put({ name: "big", description: "a big one", options: { max_chunk_size: 32 * 1024 } }, readable(bytes));
  assert.deepEqual([info.size, info.chunks], [bytes.length, 97]);
  assert.match(info.digest, /^SHA-256=/);
  const result = await within(store.get("big"), "the object");
  assert.equal(Buffer.compare(await within(bytesOf(result), "all chunks"), bytes), 0);
  const status = await store.status();
  assert.equal(status.bucket, "O");
  assert.ok(status.size > bytes.length);
}

export async function objects_are_replaced_listed_and_deleted(kit) {
  const store = await kit.client.objects(await kit.connect(), "O", {});
  await store.put({ name: "a" }, readable(Buffer.from("first")));
  await store.put({ name: "a" }, readable(Buffer.from("second")));
  await store.put({ name: "b" }, readable(Buffer.alloc(0)));
  assert.equal((await bytesOf(await store.get("a"))).toString(), "second");
  assert.equal((await bytesOf(await store.get("b"))).length, 0);
  assert.deepEqual((await store.list()).map((info) => info.name).sort(), ["a", "b"]);
  await store.delete("a");
  assert.equal((await store.info("a")).deleted, true);
  assert.equal(await store.get("a"), null);
  assert.deepEqual((await store.list()).map((info) => info.name), ["b"]);
}

export async function object_metadata_changes_and_links_point(kit) {
  const nc = await kit.connect();
  const store = await kit.client.objects(nc, "O", {});
  const info = await store.put({ name: "a", headers: undefined, metadata: { k: "v" } }, readable(Buffer.from("content")));
  await store.update("a", { name: "renamed", description: "new" });
  assert.equal((await store.info("renamed")).description, "new");
  assert.equal(await store.info("a"), null);
  await store.link("alias", await store.info("renamed"));
  assert.equal((await bytesOf(await store.get("alias"))).toString(), "content");
  const other = await kit.client.objects(nc, "P", {});
  await other.linkStore("whole", store);
  assert.equal((await other.info("whole")).options.link.bucket, "O");
  assert.equal(info.metadata.k, "v");
}

export async function watcher_sees_objects_come_and_go(kit) {
  const store = await kit.client.objects(await kit.connect(), "O", {});
  await store.put({ name: "a" }, readable(Buffer.from("1")));
  const seen = [];
  const watch = await store.watch({ includeHistory: true });
  await within((async () => {
    for await (const info of watch) {
      if (info === null) continue;
      seen.push(`${info.name}${info.deleted ? " deleted" : ""}`);
      if (seen.length === 1) {
        await store.put({ name: "b" }, readable(Buffer.from("2")));
        await store.delete("a");
      }
      if (seen.length === 3) break;
    }
  })(), "three changes");
  assert.deepEqual(seen, ["a", "b", "a deleted"]);
}

export async function sealed_store_takes_nothing_more(kit) {
  const store = await kit.client.objects(await kit.connect(), "O", {});
  await store.put({ name: "a" }, readable(Buffer.from("1")));
  assert.equal((await store.seal()).sealed, true);
  await assert.rejects(store.put({ name: "b" }, readable(Buffer.from("2"))));
  assert.equal((await bytesOf(await store.get("a"))).toString(), "1");
  assert.equal(await store.destroy(), true);
}
