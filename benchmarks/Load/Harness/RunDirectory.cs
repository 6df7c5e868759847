using System.Runtime.InteropServices;

namespace Load.Harness;

/// <summary>A directory of this run for logs, certificates and shared counters; in memory where the system offers that.</summary>
internal sealed class RunDirectory : IDisposable
{
    private const string NamePrefix = "dotnats-load-";

    // Interrupted runs clean up too; the children die with this process. Kept, because a collected registration no longer works.
    private readonly PosixSignalRegistration[] _signals;

    internal RunDirectory()
    {
        _signals =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
        string root = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        RemoveLeftovers(root);
        Location = Path.Combine(root, $"{NamePrefix}{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Location);
    }

    internal string Location { get; }

    /// <summary>A path that does not exist yet.</summary>
    internal string NewFile(string name) => Path.Combine(Location, $"{name}-{Guid.NewGuid():N}");

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        Directory.Delete(Location, recursive: true);
    }

    // Of runs that were killed outright: their process is gone.
    private static void RemoveLeftovers(string root)
    {
        foreach (string directory in Directory.GetDirectories(root, $"{NamePrefix}*"))
        {
            string processId = Path.GetFileName(directory)[NamePrefix.Length..].Split('-')[0];
            if (!Directory.Exists($"/proc/{processId}")) Directory.Delete(directory, recursive: true);
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        Directory.Delete(Location, recursive: true);
        Environment.Exit(130);
    }
}
