using System.Text;
using Crash.Disk;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>One log, used and crashed a few times; after each crash it has what it acknowledged.</summary>
internal static class CrashCase
{
    private const int Crashes = 6;

    /// <summary>Returns how many crashes there were.</summary>
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed)) { HasWholeSync = seed % 2 == 0, OverwritesInPlace = true };
        var model = new LogModel();
        using var test = new LogUnderTest(files) { Encryption = random.Next(4) == 0 ? Keys(random) : null, Owes = random.Next(2) == 0 };
        var workload = new LogWorkload(random, test, model);
        workload.TraceFiles();
        workload.Choose(random.Next(4) == 0 ? LogDurability.Written : LogDurability.Synced);
        return CrashRun.WithHistory(workload.History, () => Run(random, test, workload, model));
    }

    /// <summary>Some cipher and key.</summary>
    public static StoreEncryption Keys(Random random) =>
        new(random.Next(2) == 0 ? StoreCipherKind.ChaCha : StoreCipherKind.Aes, Encoding.ASCII.GetBytes($"key {random.Next()}"), default);

    private static int Run(Random random, LogUnderTest test, LogWorkload workload, LogModel model)
    {
        Open(test, workload, model);
        for (int crash = 0; crash < Crashes; crash++)
        {
            bool powerIsLost = workload.Options.Durability == LogDurability.Synced && random.Next(3) > 0;
            UseUntilCrash(random, test, workload);
            if (test.Files.IsDown) workload.Note("down");
            test.Close();
            long committed = test.Listener.Committed;
            workload.Note($"crash, power is {(powerIsLost ? "lost" : "there")}, committed up to {committed}, {test.Listener.Failure}");
            workload.Adopt(committed);
            test.Files.Restart(powerIsLost);
            Reopen(test, workload, model, committed, random, powerIsLost);
        }

        return Crashes;
    }

    private static void Open(LogUnderTest test, LogWorkload workload, LogModel model)
    {
        test.Files.CreateDirectory("/store");
        test.Files.SyncDirectory("/");
        test.Open(workload.Options);
        model.NoteLast(0, 0);
    }

    private static void UseUntilCrash(Random random, LogUnderTest test, LogWorkload workload)
    {
        FaultyFiles files = test.Files;
        files.CrashAt = files.Operations + random.Next(1, 80);
        if (random.Next(6) == 0) files.FailAt = files.Operations + random.Next(1, 40);
        bool isGoing = true;
        for (int steps = random.Next(5, 60); isGoing && !files.IsDown && steps > 0; steps--) isGoing = workload.Step();
        // A few end in order, or while they end in order, or while nothing is going on.
        if (random.Next(3) == 0) files.CrashAt = Math.Min(files.CrashAt, files.Operations + 1);
    }

    // The recovery itself may be what crashes: then it is done again.
    private static void Reopen(LogUnderTest test, LogWorkload workload, LogModel model, long committed, Random random, bool powerIsLost)
    {
        FaultyFiles files = test.Files;
        if (random.Next(3) == 0)
        {
            files.CrashAt = files.Operations + random.Next(1, 6);
            try
            {
                test.Open(workload.Options);
            }
            catch (IOException)
            {
                // As meant.
            }

            test.Close();
            files.Restart(powerIsLost);
        }

        test.Open(workload.Options);
        if (powerIsLost || workload.Options.Durability == LogDurability.Synced) model.CheckErased(committed, files);
        workload.Reconcile(committed);
        if (!workload.CommitAndWait()) throw new BrokenPromiseException($"a reopened log failed: {test.Listener.Failure}");
    }
}
