using DotNats.Storage;

namespace DotNats.JetStream.Service;

/// <summary>What streams may use where the configuration does not say: parts of the machine.</summary>
internal static class StoreLimits
{
    // nats-server's guess where nobody can tell.
    private const long UnknownStore = 1024L * 1024 * 1024 * 1024;

    /// <summary>Three quarters of the machine's memory, or of what this process may have.</summary>
    public static long Memory(JetStreamOptions options) => options.MaxMemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>Three quarters of what is free where the streams are.</summary>
    public static long Store(JetStreamOptions options, IStorageFiles files, string directory)
    {
        if (options.MaxStoreBytes is { } configured) return configured;
        try
        {
            return files.FreeBytes(directory) / 4 * 3;
        }
        catch (IOException)
        {
            return UnknownStore;
        }
    }

    /// <summary>Where the accounts' directories are.</summary>
    public static string Directory(JetStreamOptions options) =>
        Path.Combine(options.StoreDirectory ?? Path.Combine(Path.GetTempPath(), "nats"), "jetstream");
}
