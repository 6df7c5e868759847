namespace DotNats.Storage;

/// <summary>What a store is like.</summary>
public enum StoreCheckResult
{
    /// <summary>Everything that was looked at is as it was written.</summary>
    Sound,

    /// <summary>Something is not; the findings name it.</summary>
    Damaged,

    /// <summary>There is no store in this directory.</summary>
    NotAStore,
}

/// <summary>Something that was found out about a stream.</summary>
/// <param name="Account">Whose stream it is; empty where it is about the store as a whole.</param>
/// <param name="Place">File and byte, as an operator can find it; empty where it is about the stream as a whole.</param>
public readonly record struct StoreFinding(string Account, string Stream, string Place, string What, bool IsDamage);

/// <summary>What is to be checked.</summary>
public sealed record StoreCheckOptions
{
    /// <summary>A server's store directory, or the directory of accounts beneath it.</summary>
    public required string Directory { get; init; }

    public IStorageFiles Files { get; init; } = new DiskFiles();

    /// <summary>Makes the keys of an account; null where no key is known: then of encrypted streams only checksums of files are checked.</summary>
    public Func<string, StoreCipher>? CipherOf { get; init; }
}

/// <summary>Looks through a store that no server uses, changes nothing, and says what it found.</summary>
public static class StoreCheck
{
    private const string AccountsName = "jetstream";
    private const string StreamsName = "streams";

    // nats-server renames what it is deleting like this.
    private const char DeletedPrefix = '.';

    /// <summary>Checks everything: meta files, every record of every block, indexes, consumers.</summary>
    /// <param name="report">Gets damage where it is found, and one line for each stream.</param>
    public static StoreCheckResult Run(StoreCheckOptions options, Action<StoreFinding> report)
    {
        IStorageFiles files = options.Files;
        string accounts = Path.Combine(options.Directory, AccountsName);
        bool isStore = files.DirectoryExists(accounts);
        if (!isStore) accounts = options.Directory;
        if (!files.DirectoryExists(accounts)) return StoreCheckResult.NotAStore;

        bool isSound = CheckRedo(files, accounts, report);
        foreach (string account in Sorted(files.DirectoryNames(accounts)))
        {
            string streams = Path.Combine(accounts, account, StreamsName);
            if (!files.DirectoryExists(streams)) continue;
            isStore = true;
            foreach (string stream in Sorted(files.DirectoryNames(streams)))
            {
                if (stream.StartsWith(DeletedPrefix)) continue;
                isSound &= new StreamCheck(options, account, stream, Path.Combine(streams, stream), report).Run();
            }
        }

        return !isStore ? StoreCheckResult.NotAStore : isSound ? StoreCheckResult.Sound : StoreCheckResult.Damaged;
    }

    // A store that was not closed in order is completed when it is opened; here nothing is changed.
    private static bool CheckRedo(IStorageFiles files, string accounts, Action<StoreFinding> report)
    {
        RedoSummary redo = RedoReplay.Look(files, accounts);
        foreach (string place in redo.Damage) report(new StoreFinding("", "", place, "is a part of the redo journal and cannot be read", true));
        if (redo.Files > 0)
            report(new StoreFinding("", "", "", $"not closed in order: the next start of a server completes up to {redo.Files} files from the redo journal, and what is missing below may be there then", false));
        return redo.Damage.Count == 0;
    }

    internal static List<string> Sorted(IEnumerable<string> names)
    {
        var sorted = new List<string>(names);
        sorted.Sort(StringComparer.Ordinal);
        return sorted;
    }
}
