using Crash.Disk;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>A log whose disk is full for a while: it says so, loses nothing, and goes on by itself or after a restart.</summary>
internal static class FullDiskCase
{
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed));
        var model = new LogModel();
        files.CreateDirectory("/store");
        files.SyncDirectory("/");
        using var test = new LogUnderTest(files);
        var workload = new LogWorkload(random, test, model);
        workload.Choose(LogDurability.Synced);
        test.Open(workload.Options);
        return CrashRun.WithHistory(workload.History, () => Run(random, test, workload, model));
    }

    private static int Run(Random random, LogUnderTest test, LogWorkload workload, LogModel model)
    {
        FaultyFiles files = test.Files;
        for (int steps = random.Next(1, 20); steps > 0; steps--) workload.Step();
        workload.CanTruncate = false;
        files.Capacity = files.AllFiles().Sum(file => file.Bytes.Length) + random.Next(2000);
        for (int steps = 200; steps > 0 && workload.Step(); steps--)
        {
        }

        bool goesOn = random.Next(2) == 0 && test.Listener.Failure is not null;
        long committed = test.Listener.Committed;
        workload.Note($"committed up to {committed}, {test.Listener.Failure}");
        if (goesOn) committed = GoOn(test, workload);
        test.Close();
        files.Capacity = long.MaxValue;
        files.Restart(powerWasLost: true);
        test.Open(workload.Options);
        var removed = test.Listener.Removed.Select(message => message.Sequence).ToHashSet();
        while (test.Log.Expire(workload.Now, int.MaxValue))
        {
        }

        removed.UnionWith(test.Listener.Removed.Select(message => message.Sequence));
        model.Reconcile(committed, test.ReadAll(), removed.Contains, test.Log.State.LastSequence);
        return 1;
    }

    // There is room again: what waited is committed without anybody asking.
    private static long GoOn(LogUnderTest test, LogWorkload workload)
    {
        if (test.Listener.Failure?.StartsWith(nameof(LogStatus.NoSpace), StringComparison.Ordinal) != true) throw new BrokenPromiseException($"a full disk is told as {test.Listener.Failure}");
        test.Files.Capacity = long.MaxValue;
        test.Listener.ForgetFailure();
        test.Clock.Advance(TimeSpan.FromSeconds(1));
        if (!test.Wait(test.Log.Position)) throw new BrokenPromiseException($"what waited was not committed: {test.Listener.Failure}");
        if (!workload.CommitAndWait()) throw new BrokenPromiseException($"a log that has room again failed: {test.Listener.Failure}");
        workload.Adopt();
        return test.Listener.Committed;
    }
}
