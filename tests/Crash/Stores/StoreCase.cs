using System.Text;
using Crash.Consumers;
using Crash.Disk;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Stores;

/// <summary>Streams and consumers are made, changed and deleted until the machine goes down: then each is as before or as after.</summary>
internal static class StoreCase
{
    private const string Account = "A";
    private const int Crashes = 5;

    /// <summary>Returns how many crashes there were.</summary>
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed)) { HasWholeSync = random.Next(2) == 0 };
        files.CreateDirectory("/store");
        files.SyncDirectory("/");
        // What each asset holds for sure; null where it is deleted for sure.
        var known = new Dictionary<string, string?>();
        for (int crash = 0; crash < Crashes; crash++)
        {
            files.CrashAt = files.Operations + random.Next(1, 150);
            (string Asset, string? Value)? last = UseUntilCrash(random, files, known);
            files.Restart(powerWasLost: true);
            Compare(files, known, last);
        }

        return Crashes;
    }

    // Returns what was being done.
    private static (string Asset, string? Value)? UseUntilCrash(Random random, FaultyFiles files, Dictionary<string, string?> known)
    {
        (string Asset, string? Value)? doing = null;
        try
        {
            using FileStore store = Open(files);
            for (int number = 0; ; number++)
            {
                string stream = $"S{random.Next(3)}";
                string? consumer = random.Next(2) == 0 ? $"C{random.Next(2)}" : null;
                string asset = consumer is null ? stream : $"{stream}/{consumer}";
                bool hasStream = known.GetValueOrDefault(stream) is not null;
                if (consumer is not null && !hasStream) continue;
                string? value = random.Next(5) == 0 ? null : $"value {random.Next()} {new string('.', random.Next(900))}";
                doing = (asset, value);
                Do(store, stream, consumer, value, hasStream, isNew: known.GetValueOrDefault(asset) is null);
                known[asset] = value;
                if (value is null && consumer is null) ForgetConsumers(known, stream);
                doing = null;
            }
        }
        catch (IOException) when (files.IsDown)
        {
            return doing;
        }
    }

    private static void Do(FileStore store, string stream, string? consumer, string? value, bool hasStream, bool isNew)
    {
        if (!hasStream)
        {
            if (value is not null) store.Create(Account, stream, Encoding.ASCII.GetBytes(value));
            return;
        }

        StreamDirectory directory = Find(store, out _)[stream].Directory;
        if (consumer is null && value is null) directory.Delete();
        else if (consumer is null) directory.WriteMeta(Encoding.ASCII.GetBytes(value!));
        else if (value is null) directory.Consumer(consumer).Delete();
        else Keep(directory.Consumer(consumer), Encoding.ASCII.GetBytes(value), isNew);
    }

    private static void Keep(ConsumerDirectory consumer, byte[] meta, bool isNew)
    {
        if (!isNew)
        {
            consumer.WriteMeta(meta);
            return;
        }

        consumer.WriteFirstMeta(meta);
        consumer.OpenJournal(new JournalOptions(LogDurability.Synced, TimeSpan.FromMinutes(2)), new ConsumerListener(), out _).Begin("state"u8);
    }

    private static void Compare(FaultyFiles files, Dictionary<string, string?> known, (string Asset, string? Value)? last)
    {
        using FileStore store = Open(files);
        Dictionary<string, StoredStream> streams = Find(store, out List<QuarantinedStream> quarantined);
        foreach (string stream in (string[])["S0", "S1", "S2"])
        {
            string? meta = streams.TryGetValue(stream, out StoredStream? stored) ? Encoding.ASCII.GetString(stored.Meta) : null;
            Settle(known, last, stream, meta);
            if (meta is null)
            {
                ForgetConsumers(known, stream);
                continue;
            }

            foreach (string consumer in (string[])["C0", "C1"])
            {
                byte[]? consumerMeta = stored!.Directory.Consumer(consumer).ReadMeta(out string _);
                Settle(known, last, $"{stream}/{consumer}", consumerMeta is null ? null : Encoding.ASCII.GetString(consumerMeta));
            }
        }

        // Only a stream that was just being made may be there without being readable.
        foreach (QuarantinedStream stream in quarantined)
        {
            if (last is null || Path.GetFileName(stream.Path) != last.Value.Asset || known.GetValueOrDefault(last.Value.Asset) is not null)
                throw new BrokenPromiseException($"{stream.Path} cannot be read: {stream.Reason}; {last} was being done");
            files.DeleteDirectory(stream.Path);
            files.SyncDirectory(Path.GetDirectoryName(stream.Path)!);
        }
    }

    private static void Settle(Dictionary<string, string?> known, (string Asset, string? Value)? last, string asset, string? value)
    {
        bool mayBeNew = last is { } doing && (doing.Asset == asset || (doing.Value is null && asset.StartsWith(doing.Asset + "/", StringComparison.Ordinal)));
        string? before = known.GetValueOrDefault(asset);
        if (value != before && !(mayBeNew && value == last!.Value.Value))
            throw new BrokenPromiseException($"{asset} holds \"{value}\", expected \"{before}\"; {last} was being done");
        known[asset] = value;
    }

    private static void ForgetConsumers(Dictionary<string, string?> known, string stream)
    {
        foreach (string asset in known.Keys.Where(asset => asset.StartsWith(stream + "/", StringComparison.Ordinal)).ToList()) known.Remove(asset);
    }

    private static Dictionary<string, StoredStream> Find(FileStore store, out List<QuarantinedStream> quarantined)
    {
        var streams = new List<StoredStream>();
        quarantined = [];
        store.Find(Account, streams, quarantined);
        return streams.ToDictionary(stream => stream.Directory.Name);
    }

    private static FileStore Open(FaultyFiles files) => FileStore.Open(new FileStoreOptions { Directory = "/store", Files = files, SyncThreads = 0 });
}
