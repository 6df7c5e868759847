using System.Text;
using Microsoft.Extensions.Logging;

namespace DotNats.Storage;

/// <summary>Completes the files of a store from its redo journal, before anybody looks at them, and puts the journal aside, for <see cref="RedoJournal"/> to delete.</summary>
/// <remarks>
/// Bytes that were told as safe are put where they belong; what lies behind them in a file stays. A file is completed whatever became of it, as long as its directory is
/// there: what was deleted or changed otherwise was forgotten before. Where a nats-server opened the directory since, it is left as that made it.
/// </remarks>
// Lifetime: one opening of a store. Nothing else touches the store meanwhile. Doing it again after a crash in the middle does the same.
internal sealed class RedoReplay
{
    private const string DamagedSuffix = ".damaged";

    private readonly IStorageFiles _files;
    private readonly string _directory;
    private readonly ILogger? _logger;
    private readonly Dictionary<string, RedoTarget> _targets = new(StringComparer.Ordinal);
    private readonly List<string> _damage = [];
    private bool _isIncomplete;

    private RedoReplay(FileStoreOptions options) => (_files, _directory, _logger) = (options.Files, options.Directory, options.Logger);

    /// <summary>Completes what is to be completed.</summary>
    /// <exception cref="IOException">The disk refuses; nothing is lost, and it can be done again.</exception>
    public static void Run(FileStoreOptions options)
    {
        bool isThere = false;
        foreach (string name in RedoFormat.FileNames) isThere |= options.Files.FileExists(Path.Combine(options.Directory, name));
        if (isThere) new RedoReplay(options).Run();
    }

    /// <summary>Writes to one file what its journal has of it, and syncs it: what a sync that failed may have lost.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Restore(IStorageFiles files, string directory, string path, IStorageFile file)
    {
        var replay = new RedoReplay(new FileStoreOptions { Directory = directory, Files = files });
        foreach (RedoHalf half in replay.ReadHalves()) replay.Take(half);
        if (replay._targets.TryGetValue(Encoding.UTF8.GetString(RedoFormat.NameOf(directory, path)), out RedoTarget? target)) target.Restore(file);
        file.Sync();
    }

    /// <summary>What a start would find; nothing is changed.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RedoSummary Look(IStorageFiles files, string directory)
    {
        var replay = new RedoReplay(new FileStoreOptions { Directory = directory, Files = files });
        foreach (RedoHalf half in replay.ReadHalves()) replay.Take(half);
        return new RedoSummary(replay._targets.Count, replay._damage);
    }

    private void Run()
    {
        List<RedoHalf> halves = ReadHalves();
        foreach (RedoHalf half in halves) Take(half);
        int completed = 0;
        foreach ((string name, RedoTarget target) in _targets)
        {
            if (TryComplete(name, target)) completed++;
        }

        SyncAll();
        if (_targets.Count > 0 && _logger is not null) RedoReports.Completed(_logger, _targets.Count, completed);
        PutAside(halves, _isIncomplete ? DamagedSuffix : RedoFile.DoneSuffix);
    }

    // The older fill first.
    private List<RedoHalf> ReadHalves()
    {
        var halves = new List<RedoHalf>();
        foreach (string name in RedoFormat.FileNames)
        {
            string path = Path.Combine(_directory, name);
            if (!_files.FileExists(path)) continue;
            halves.Add(RedoHalf.Read(_files, path));
        }

        halves.Sort(static (one, other) => one.Fill.CompareTo(other.Fill));
        foreach (RedoHalf half in halves)
        {
            if (half.Damage is { } place) ReportDamage(place);
            else if (half.LacksStart && half.Fill + 1 != halves[^1].Fill) ReportDamage($"{half.Path} at its start");
        }

        return halves;
    }

    private void Take(RedoHalf half)
    {
        foreach (ReadOnlyMemory<byte> group in half.Groups)
        {
            var reader = new RedoReader(group.Span);
            while (reader.TryRead(out RedoRecord record)) Take(record, group);
        }
    }

    private void Take(in RedoRecord record, ReadOnlyMemory<byte> group)
    {
        string name = Encoding.UTF8.GetString(record.Name);
        if (record.Kind == RedoFormat.Forget)
        {
            Forget(name);
            return;
        }

        if (!IsInStore(name))
        {
            Report(name, "the redo journal names a file outside of the store");
            return;
        }

        if (!_targets.TryGetValue(name, out RedoTarget? target)) _targets.Add(name, target = new RedoTarget());
        record.Bytes.Overlaps(group.Span, out int place);
        target.Add(record.Offset, group.Slice(-place, record.Bytes.Length));
    }

    private void Forget(string directory)
    {
        foreach (string name in _targets.Keys)
        {
            if (name.StartsWith(directory, StringComparison.Ordinal) && name.Length > directory.Length && name[directory.Length] == '/') _targets.Remove(name);
        }
    }

    private static bool IsInStore(string name)
    {
        foreach (string part in name.Split('/'))
        {
            if (part.Length == 0 || part is "." or ".." || part.AsSpan().ContainsAny('\\', ':', '\0')) return false;
        }

        return true;
    }

    // True where something was missing.
    private bool TryComplete(string name, RedoTarget target)
    {
        string path = Path.Combine(_directory, name.Replace('/', Path.DirectorySeparatorChar));
        string directory = Path.GetDirectoryName(path)!;
        if (!_files.DirectoryExists(directory)) return false;
        if (_files.FileExists(Path.Combine(directory, ForeignIndexes.StateName)))
        {
            Report(path, "a nats-server was here since the redo journal was written: it is left as that made it");
            return false;
        }

        // What begins later than the file was there, safe with its name.
        if (target.Start > 0 && !_files.FileExists(path)) return false;
        try
        {
            using IStorageFile file = _files.Open(path, create: true);
            return target.TryComplete(file);
        }
        catch (IOException e) when (e is not DiskFullException)
        {
            Report(path, e.Message);
            _isIncomplete = true;
            return false;
        }
    }

    private void SyncAll()
    {
        using IFileSystemSync? sync = _files.OpenSync(_directory);
        if (sync is not null && sync.TrySync()) return;
        foreach (string name in _targets.Keys)
        {
            string path = Path.Combine(_directory, name.Replace('/', Path.DirectorySeparatorChar));
            if (!_files.FileExists(path)) continue;
            using IStorageFile file = _files.Open(path, create: false);
            file.Sync();
            _files.SyncDirectory(Path.GetDirectoryName(path)!);
        }
    }

    // The older half first: what the younger says of it holds until it is gone.
    private void PutAside(List<RedoHalf> halves, string suffix)
    {
        foreach (RedoHalf half in halves)
        {
            _files.Move(half.Path, half.Path + suffix);
            _files.SyncDirectory(_directory);
        }
    }

    private void ReportDamage(string place)
    {
        _damage.Add(place);
        Report(place, "a part of the redo journal cannot be read: if the power failed, some of what was written last may be missing");
    }

    private void Report(string place, string what)
    {
        if (_logger is not null) RedoReports.Damaged(_logger, place, what);
    }
}

/// <summary>What a redo journal holds.</summary>
/// <param name="Files">It speaks of so many.</param>
/// <param name="Damage">Places in it that cannot be read.</param>
internal readonly record struct RedoSummary(int Files, IReadOnlyList<string> Damage);
