using Crash.Disk;
using Crash.Harness;
using DotNats.JetStream;
using DotNats.Storage;

namespace Crash.Consumers;

/// <summary>One bit of what a consumer keeps is turned over: it is noticed, or changes nothing, and the consumer is as it was at some moment.</summary>
internal static class ConsumerFlipCase
{
    private const int Flips = 20;

    /// <summary>Returns how many flips there were.</summary>
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed));
        files.CreateDirectory("/store");
        files.SyncDirectory("/");
        var config = new ConsumerConfig { AckPolicy = AckPolicy.Explicit, AckWaitNanoseconds = 2_000_000_000, MaxDeliver = 5 };
        using var test = new ConsumerUnderTest(files, random, config);
        if (random.Next(2) == 0) test.Encryption = new StoreEncryption(StoreCipherKind.Aes, "key"u8.ToArray(), default);
        test.Open();
        for (int step = random.Next(5, 40); step > 0; step--) test.Step(isUrgent: random.Next(3) == 0);
        string last = ConsumerUnderTest.Describe(test.State);
        test.Close(inOrder: random.Next(2) == 0);
        for (int flip = 0; flip < Flips; flip++) Flip(files, random, config, test.Encryption, test.Met, last);
        return Flips;
    }

    private static void Flip(FaultyFiles files, Random random, ConsumerConfig config, StoreEncryption? encryption, HashSet<string> all, string last)
    {
        FaultyFiles copy = files.Copy(random);
        List<(string Path, FileBytes Bytes)> kept = copy.AllFiles().FindAll(file => file.Path.EndsWith("o.dat", StringComparison.Ordinal) || file.Path.EndsWith(".jnl", StringComparison.Ordinal));
        (string path, FileBytes bytes) = kept[random.Next(kept.Count)];
        long bit = random.NextInt64(8 * bytes.Length);
        copy.FlipBit(path, bit);
        using var test = new ConsumerUnderTest(copy, random, config) { Encryption = encryption };
        string? found = test.Open();
        if (found == last) return;
        if (test.Damage is null) throw new BrokenPromiseException($"bit {bit} of {path} was turned over and not noticed: found {found ?? "nothing"}, not {last}");
        // o.dat has no checksum in nats-server's format: where it goes on from what the journal has, it is told, and taken.
        if (found is not null && !all.Contains(found) && !path.EndsWith("o.dat", StringComparison.Ordinal))
            throw new BrokenPromiseException($"bit {bit} of {path} was turned over: found {found}, which never was");
    }
}
