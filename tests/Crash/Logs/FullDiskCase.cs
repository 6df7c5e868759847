using Crash.Disk;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>A log whose disk is full again and again: it says so, loses nothing, can be opened meanwhile, and goes on by itself when there is room.</summary>
internal static class FullDiskCase
{
    private const int Rounds = 3;
    private const int MostSteps = 200;

    /// <summary>Returns how often the disk was full.</summary>
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed)) { IsSyncWithoutRoom = random.Next(3) == 0, HasWholeSync = seed % 2 == 0, OverwritesInPlace = true };
        var model = new LogModel();
        files.CreateDirectory("/store");
        files.SyncDirectory("/");
        using var test = new LogUnderTest(files) { Encryption = random.Next(4) == 0 ? CrashCase.Keys(random) : null, Owes = random.Next(2) == 0 };
        var workload = new LogWorkload(random, test, model);
        workload.TraceFiles();
        workload.Choose(LogDurability.Synced);
        test.Open(workload.Options);
        return CrashRun.WithHistory(workload.History, () => Run(random, test, workload, model));
    }

    private static int Run(Random random, LogUnderTest test, LogWorkload workload, LogModel model)
    {
        int full = 0;
        for (int round = 0; round < Rounds; round++)
        {
            FaultyFiles files = test.Files;
            for (int steps = random.Next(1, 20); steps > 0; steps--) workload.Step();
            files.Capacity = files.AllFiles().Sum(file => file.Bytes.Length) + random.Next(2000);
            workload.CanTruncate = false;
            for (int steps = MostSteps; steps > 0 && workload.Step(); steps--)
            {
            }

            workload.Note($"full, committed up to {test.Listener.Committed}, {test.Listener.Failure}");
            if (test.Listener.Failure is not null) full++;
            workload.CanTruncate = true;
            if (random.Next(2) == 0) GoOn(test, workload);
            else Reopen(random, test, workload, model);
        }

        return full;
    }

    // There is room again: what waited is committed without anybody asking.
    private static void GoOn(LogUnderTest test, LogWorkload workload)
    {
        bool wasFull = test.Listener.Failure is not null;
        test.Files.Capacity = long.MaxValue;
        test.Listener.ForgetFailure();
        if (wasFull) test.Clock.Advance(TimeSpan.FromSeconds(1));
        // What was safe in the redo journal is written to its file now: nobody waits for that.
        while (wasFull && test.RunTurn())
        {
        }

        if (!test.Wait(test.Log.Position, mayNeedCommit: !wasFull)) throw new BrokenPromiseException($"what waited was not committed: {test.Listener.Failure}");
        if (!workload.CommitAndWait()) throw new BrokenPromiseException($"a log that has room again failed: {test.Listener.Failure}");
        workload.Adopt(test.Listener.Committed);
    }

    // It is closed, or the power goes, while there is no room; mostly there is none yet when it is opened again.
    private static void Reopen(Random random, LogUnderTest test, LogWorkload workload, LogModel model)
    {
        test.Close();
        long committed = test.Listener.Committed;
        workload.Adopt(committed);
        if (random.Next(3) == 0) test.Files.Capacity = long.MaxValue;
        test.Files.Restart(powerWasLost: random.Next(2) == 0);
        if (!TryOpen(test, workload))
        {
            test.Close();
            test.Files.Capacity = long.MaxValue;
            test.Open(workload.Options);
        }

        workload.Reconcile(committed);
        test.Files.Capacity = long.MaxValue;
        if (test.Listener.Failure is not null) GoOn(test, workload);
    }

    // What has to be written before the log can be used may find no room.
    private static bool TryOpen(LogUnderTest test, LogWorkload workload)
    {
        try
        {
            test.Open(workload.Options);
            return true;
        }
        catch (DiskFullException e)
        {
            workload.Note($"not opened: {e.Message}");
            return false;
        }
    }
}
