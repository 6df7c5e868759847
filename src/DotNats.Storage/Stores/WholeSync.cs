using System.Diagnostics;

namespace DotNats.Storage;

/// <summary>Makes what was written for one asset safe with all else in its file system, as long as that is quicker than a sync for each of its files.</summary>
// Owner: one store; any thread. Each asset has a sync of its own: one of all is told once of data that could not be written, whosever it was.
internal sealed class WholeSync(IStorageFiles files)
{
    // What six syncs one after the other take on a device that needs a millisecond and a half for one. One that is not busy does all in the time of one.
    private static readonly long MostTicks = Stopwatch.Frequency / 100;

    // After one that took longer: others write so much that each file's own sync waits for less.
    private static readonly long RestTicks = Stopwatch.Frequency / 2;

    private long _restUntil;

    /// <summary>A sync for what is written from now on; null where each file is to be synced by itself.</summary>
    /// <param name="directory">It is there.</param>
    public IFileSystemSync? Begin(string directory) => Stopwatch.GetTimestamp() < Volatile.Read(ref _restUntil) ? null : files.OpenSync(directory);

    /// <summary>False where each file is to be synced by itself.</summary>
    public bool TrySync(IFileSystemSync sync)
    {
        long start = Stopwatch.GetTimestamp();
        bool isSynced = sync.TrySync();
        long end = Stopwatch.GetTimestamp();
        if (end - start > MostTicks) Volatile.Write(ref _restUntil, end + RestTicks);
        return isSynced;
    }
}
