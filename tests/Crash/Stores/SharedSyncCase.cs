using System.Text;
using Crash.Disk;
using Crash.Harness;
using Crash.Logs;
using DotNats.Storage;

namespace Crash.Stores;

/// <summary>Many logs are written at once, so that one sync makes several of them safe, until the machine goes down: what was told is there.</summary>
internal sealed class SharedSyncCase
{
    private const int Logs = 12;
    private const int Crashes = 4;
    private const int MostRounds = 20;

    // What was appended to each log, and how much of it has been told to be safe.
    private readonly List<string>[] _appended = [.. Enumerable.Range(0, Logs).Select(_ => new List<string>())];
    private readonly int[] _safe = new int[Logs];
    private readonly Random _random;
    private readonly FaultyFiles _files;

    // Half of the cases write what is in the redo journal to the files later.
    private readonly int _owingLogs;

    private SharedSyncCase(int seed)
    {
        _random = new Random(seed);
        _owingLogs = seed % 4 < 2 ? 2 : 64;
        _files = new FaultyFiles(new Random(seed)) { HasWholeSync = true, OverwritesInPlace = seed % 2 == 0 };
        _files.CreateDirectory("/store");
        _files.SyncDirectory("/");
    }

    /// <summary>Returns how many crashes there were.</summary>
    /// <param name="seed">Of the case.</param>
    /// <param name="countSyncs">Told how many syncs were for several logs.</param>
    public static int Run(int seed, Action<int> countSyncs)
    {
        var instance = new SharedSyncCase(seed);
        for (int crash = 0; crash < Crashes; crash++)
        {
            // The first start makes the streams.
            if (crash > 0) instance._files.CrashAt = instance._files.Operations + instance._random.Next(1, 120);
            instance.UseUntilCrash(isFirst: crash == 0);
            instance._files.Restart(powerWasLost: true);
        }

        instance.UseUntilCrash(isFirst: false);
        countSyncs(instance._files.WholeSyncs);
        return Crashes;
    }

    private void UseUntilCrash(bool isFirst)
    {
        CrashListener[] listeners = [.. Enumerable.Range(0, Logs).Select(_ => new CrashListener())];
        FileStore? store = null;
        var logs = new FileLog?[Logs];
        try
        {
            store = FileStore.Open(new FileStoreOptions { Directory = "/store", Files = _files, SyncThreads = 2, RedoBytes = 64 * 1024, RedoAfterSyncs = 2, OwingLogs = _owingLogs, OwingTime = TimeSpan.FromMilliseconds(5) });
            for (int i = 0; i < Logs; i++) logs[i] = Open(store, i, isFirst, listeners[i]);
            // Some sync or write fails once: what it was for is told by nobody.
            if (!isFirst && _random.Next(3) == 0) _files.FailAt = _files.Operations + _random.Next(1, 120);
            for (int round = 0; round < MostRounds; round++)
            {
                for (int i = 0; i < Logs; i++) Append(logs[i]!, i, round);
                for (int i = 0; i < Logs; i++) logs[i]!.Commit();
                for (int i = 0; i < Logs; i++)
                {
                    if (listeners[i].Wait(logs[i]!.Position, () => _files.IsDown)) _safe[i] = _appended[i].Count;
                }
            }
        }
        catch (IOException) when (_files.IsDown)
        {
            // What was told until then counts.
        }

        foreach (FileLog? log in logs) log?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        store?.Dispose();
    }

    private FileLog Open(FileStore store, int number, bool isFirst, CrashListener listener)
    {
        string name = $"S{number}";
        StreamDirectory directory;
        if (isFirst)
        {
            directory = store.Create("A", name, "{}"u8);
        }
        else
        {
            var streams = new List<StoredStream>();
            store.Find("A", streams, []);
            directory = streams.Find(stream => stream.Directory.Name == name)?.Directory ?? throw Gone(name);
        }

        FileLog log = directory.OpenLog(new LogOptions { Name = name }, listener);
        Compare(log, number);
        return log;
    }

    private void Append(FileLog log, int number, int round)
    {
        string text = $"{number} {round} {new string('.', _random.Next(300))}";
        if (log.Append(new NewMessage { Timestamp = 1, Subject = "a"u8, Payload = Encoding.ASCII.GetBytes(text) }).IsOk) _appended[number].Add(text);
    }

    private void Compare(FileLog log, int number)
    {
        var message = new MessageBuffer();
        int found = 0;
        for (; log.TryRead((ulong)found + 1, message) == ReadStatus.Found; found++)
        {
            string text = Encoding.ASCII.GetString(message.Payload);
            if (found >= _appended[number].Count || text != _appended[number][found]) throw new BrokenPromiseException($"message {found + 1} of log {number} is \"{text}\"");
        }

        // What the journal before left is overwritten meanwhile, and may be what crashes.
        if (_files.IsDown) throw new IOException("the machine is down");
        if (found < _safe[number]) throw new BrokenPromiseException($"log {number} has {found} messages, {_safe[number]} were safe");
        _appended[number].RemoveRange(found, _appended[number].Count - found);
        _safe[number] = found;
    }

    private Exception Gone(string name) => _files.IsDown ? new IOException("the machine is down") : new BrokenPromiseException($"{name} is gone");
}
