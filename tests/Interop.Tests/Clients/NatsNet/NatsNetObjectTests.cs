using System.Globalization;
using System.Security.Cryptography;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.ObjectStore;
using NATS.Client.ObjectStore.Models;
using Shouldly;
using Xunit;
using static Interop.Tests.NatsNetClient;

namespace Interop.Tests;

/// <summary>NATS.Net: what object stores can do beside put and get, and large objects.</summary>
/// <remarks><c>DOTNATS_OBJECT_MEGABYTES</c> says how large; files lie below <c>TMPDIR</c>.</remarks>
public sealed class NatsNetObjectTests
{
    private const double UsualMegabytes = 64;

    // A server that has an object on disk needs itself and what it keeps of blocks, however large the object is.
    private const long MostPeakBytes = 768L * 1024 * 1024;

    [Fact]
    public async Task Links_point_to_objects_and_stores_and_metadata_changes()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        var context = new NatsObjContext(new NatsJSContext(nats));
        INatsObjStore store = await context.CreateObjectStoreAsync("O");
        INatsObjStore other = await context.CreateObjectStoreAsync(new NatsObjConfig("P") { Description = "another" });
        ObjectMetadata made = await store.PutAsync(
            new ObjectMetadata { Name = "a", Description = "first", Metadata = new Dictionary<string, string> { ["k"] = "v" }, Options = new MetaDataOptions { MaxChunkSize = 10 } },
            new MemoryStream(new byte[95]));
        made.Chunks.ShouldBe(10U);
        await other.AddLinkAsync("to a", made);
        (await other.GetBytesAsync("to a")).Length.ShouldBe(95);
        await other.AddBucketLinkAsync("all", store);
        ObjectMetadata link = await other.GetInfoAsync("all");
        link.Options!.Link!.Bucket.ShouldBe("O");
        await Should.ThrowAsync<NatsObjException>(async () => await other.AddLinkAsync("to link", link));
        await store.UpdateMetaAsync("a", new ObjectMetadata { Name = "b", Description = "second" });
        (await store.GetInfoAsync("b")).Description.ShouldBe("second");
        await Should.ThrowAsync<NatsObjNotFoundException>(async () => await store.GetInfoAsync("a"));
        (await store.GetBytesAsync("b")).Length.ShouldBe(95);
        await Should.ThrowAsync<NatsObjException>(async () => await other.GetBytesAsync("to a"));
    }

    [Fact]
    public async Task Objects_are_watched_listed_replaced_and_a_sealed_store_stays_as_it_is()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        INatsObjStore store = await new NatsObjContext(new NatsJSContext(nats)).CreateObjectStoreAsync("O");
        await store.PutAsync("a", "first"u8.ToArray());
        List<string> seen = [];
        await foreach (ObjectMetadata item in store.WatchAsync())
        {
            seen.Add($"{item.Name} {item.Size} {item.Deleted}");
            if (seen.Count == 1) await store.PutAsync("a", "replaced"u8.ToArray());
            if (seen.Count == 2) await store.PutAsync("empty", []);
            if (seen.Count == 3) await store.DeleteAsync("a");
            if (seen.Count == 4) break;
        }

        seen.ShouldBe(["a 5 False", "a 8 False", "empty 0 False", "a 0 True"]);
        List<string> names = [];
        await foreach (ObjectMetadata item in store.ListAsync()) names.Add(item.Name);
        names.ShouldBe(["empty"]);
        // Chunks of what was replaced or deleted are gone: two descriptions are left, and the one chunk of an empty object.
        (await store.GetStatusAsync()).Info.State.NumSubjects.ShouldBe(3);
        await store.SealAsync();
        (await store.GetStatusAsync()).Info.Config.Sealed.ShouldBeTrue();
        await Should.ThrowAsync<NatsJSApiException>(async () => await store.PutAsync("b", "refused"u8.ToArray()));
        (await store.GetBytesAsync("empty")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_large_object_comes_back_as_it_was()
    {
        long size = (long)(Megabytes() * 1024 * 1024) + 7;
        await using ServerProcess server = await ServerProcess.StartAsync("jetstream { store_dir: '@DIR@/jetstream', max_file: 100GB }");
        await using NatsConnection nats = await ConnectAsync(server);
        var memory = new ProcessMemory(server.ProcessId);
        INatsObjStore store = await new NatsObjContext(new NatsJSContext(nats)).CreateObjectStoreAsync("O");
        await using var written = new Noise(size);
        ObjectMetadata made = await store.PutAsync("large", written, leaveOpen: true);
        made.Size.ShouldBe((ulong)size);
        await using var read = new Sink();
        await store.GetAsync("large", read, leaveOpen: true);
        read.Length.ShouldBe(size);
        read.Hash().ShouldBe(written.Hash());
        memory.PeakBytes.ShouldBeLessThan(MostPeakBytes);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{size} bytes, peak of the server {memory.PeakBytes / 1024 / 1024} MiB"));
        await store.DeleteAsync("large");
        (await store.GetStatusAsync()).Info.State.Messages.ShouldBe(1);
    }

    private static double Megabytes() =>
        double.TryParse(Environment.GetEnvironmentVariable("DOTNATS_OBJECT_MEGABYTES"), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : UsualMegabytes;

    /// <summary>A stream that is read or written from its beginning to its end, and hashed on the way.</summary>
    private abstract class HashedStream : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _length;

        public override bool CanSeek => false;

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public string Hash() => Convert.ToHexString(_hash.GetHashAndReset());

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Add(buffer.AsSpan(offset, count));

        protected void Add(ReadOnlySpan<byte> bytes)
        {
            _hash.AppendData(bytes);
            _length += bytes.Length;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _hash.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>Takes what is written.</summary>
    private sealed class Sink : HashedStream;

    /// <summary>So many bytes that no compressor makes smaller.</summary>
    private sealed class Noise(long size) : HashedStream
    {
        private readonly Random _random = new(9);

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, size - Length);
            _random.NextBytes(buffer.AsSpan(offset, read));
            Add(buffer.AsSpan(offset, read));
            return read;
        }
    }
}
