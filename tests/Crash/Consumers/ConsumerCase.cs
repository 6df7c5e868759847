using Crash.Disk;
using Crash.Harness;
using DotNats.JetStream;
using DotNats.Storage;

namespace Crash.Consumers;

/// <summary>A consumer's state is changed until the machine goes down: then it is as it was at some moment, and not before the last that was told as safe.</summary>
internal static class ConsumerCase
{
    private const int Crashes = 6;

    /// <summary>Returns how many crashes there were.</summary>
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed)) { HasWholeSync = seed % 2 == 0, OverwritesInPlace = true };
        files.CreateDirectory("/store");
        files.SyncDirectory("/");
        using var test = new ConsumerUnderTest(files, random, ConfigOf(random)) { OwesLetters = random.Next(2) == 0 };
        // Making streams and consumers is StoreCase's.
        test.Open();
        test.Close(inOrder: false);
        List<string>? possible = null;
        for (int crash = 0; crash < Crashes; crash++)
        {
            bool powerIsLost = random.Next(3) > 0;
            files.CrashAt = files.Operations + random.Next(1, 120);
            possible = UseUntilCrash(random, files, test, possible);
            if (random.Next(3) == 0 && test.WasOpened) ChangeKey(random, test);
            files.Restart(powerIsLost);
        }

        Check(test.Open(), possible, test);
        return Crashes;
    }

    private static ConsumerConfig ConfigOf(Random random) => new()
    {
        AckPolicy = random.Next(3) == 0 ? AckPolicy.All : AckPolicy.Explicit,
        AckWaitNanoseconds = 2_000_000_000,
        MaxDeliver = random.Next(2) == 0 ? 3 : -1,
    };

    // Returns what may be found afterwards.
    private static List<string>? UseUntilCrash(Random random, FaultyFiles files, ConsumerUnderTest test, List<string>? possible)
    {
        test.WasOpened = false;
        try
        {
            string? found = test.Open(possible);
            Check(found, possible, test);
            while (!files.IsDown && test.Listener.Failure is null)
            {
                test.Step(isUrgent: random.Next(3) == 0);
                if (random.Next(60) != 0) continue;
                possible = test.Possible();
                possible.Add(ConsumerUnderTest.Describe(test.State));
                test.Close(inOrder: true);
                if (files.IsDown) return possible;
                string state = ConsumerUnderTest.Describe(test.State);
                Check(test.Open(), [state], test);
            }
        }
        catch (IOException) when (files.IsDown)
        {
            // It went down while it was opened, or while it was closed.
        }

        if (!test.IsOpen) return possible;
        possible = test.Possible();
        test.Close(inOrder: false);
        return possible;
    }

    private static void ChangeKey(Random random, ConsumerUnderTest test)
    {
        test.Encryption = test.Encryption is null
            ? new StoreEncryption(StoreCipherKind.ChaCha, "key 0"u8.ToArray(), default)
            : new StoreEncryption((StoreCipherKind)random.Next(2), Guid.NewGuid().ToByteArray(), test.Encryption.Key);
    }

    private static void Check(string? found, List<string>? possible, ConsumerUnderTest test)
    {
        if (possible is null || (found is not null && possible.Contains(found))) return;
        throw new BrokenPromiseException($"found {found ?? "nothing"} ({test.Damage}), expected one of\n{string.Join('\n', possible)}");
    }
}
