using System.Text;
using Crash.Disk;
using Crash.Harness;
using DotNats.JetStream.Publishing.Batches;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>Atomic batches and messages are stored until the power goes: of each batch everything is there or nothing, and all of what was told as safe.</summary>
internal sealed class BatchCase
{
    private const int Crashes = 6;
    private const int MostMembers = 12;

    private readonly Random _random;
    private readonly FaultyFiles _files;
    private readonly LogOptions _options;

    // What was stored at once: its last sequence, how many messages it is, and the position behind it.
    private readonly List<(string Id, int Count, ulong Last, long Position)> _stored = [];
    private int _number;

    private BatchCase(int seed)
    {
        _random = new Random(seed);
        _files = new FaultyFiles(new Random(seed)) { HasWholeSync = seed % 2 == 0, OverwritesInPlace = true };
        _options = new LogOptions { Name = "CRASH", BlockBytes = _random.Next(2) == 0 ? 9000 : 200_000 };
        _files.CreateDirectory("/store");
        _files.SyncDirectory("/");
    }

    /// <summary>Returns how many crashes there were.</summary>
    /// <param name="seed">Of the case.</param>
    /// <param name="countTorn">Told how many logs had to be cut.</param>
    public static int Run(int seed, Action<int> countTorn)
    {
        var instance = new BatchCase(seed);
        int torn = 0;
        using var test = new LogUnderTest(instance._files) { Owes = instance._random.Next(2) == 0 };
        test.Open(instance._options);
        for (int crash = 0; crash < Crashes; crash++)
        {
            instance.UseUntilCrash(test);
            test.Close();
            long committed = test.Listener.Committed;
            instance._files.Restart(powerWasLost: true);
            test.Open(instance._options);
            if (TornBatch.TryFind(test.Log, out ulong keep))
            {
                torn++;
                test.Log.Truncate(keep);
            }

            instance.Compare(test, committed);
        }

        countTorn(torn);
        return Crashes;
    }

    private void UseUntilCrash(LogUnderTest test)
    {
        _files.CrashAt = _files.Operations + _random.Next(1, 30);
        while (!_files.IsDown && test.Listener.Failure is null)
        {
            for (int batches = _random.Next(1, 4); batches > 0; batches--) Append(test.Log, _random.Next(3) == 0 ? 1 : _random.Next(2, MostMembers));
            test.Commit();
        }
    }

    private void Append(FileLog log, int count)
    {
        string id = $"b{_number++}";
        AppendResult result = default;
        for (int i = 1; i <= count; i++)
        {
            string commit = i == count ? "\r\nNats-Batch-Commit: 1" : "";
            string headers = count == 1 ? $"NATS/1.0\r\nOne: {id}\r\n\r\n" : $"NATS/1.0\r\nNats-Batch-Id: {id}\r\nNats-Batch-Sequence: {i}{commit}\r\n\r\n";
            result = log.Append(new NewMessage
            {
                Timestamp = 1, Subject = "a"u8, Headers = Encoding.ASCII.GetBytes(headers), Payload = new byte[_random.Next(1500)],
            });
            if (!result.IsOk) return;
        }

        _stored.Add((id, count, result.Sequence, log.Position));
    }

    private void Compare(LogUnderTest test, long committed)
    {
        var found = new Dictionary<string, int>();
        foreach (ModelMessage message in test.ReadReadable())
        {
            string id = message.Headers.Split("\r\n")[1].Split(": ")[1];
            found[id] = found.GetValueOrDefault(id) + 1;
        }

        foreach ((string id, int count, ulong last, long position) in _stored)
        {
            int present = found.GetValueOrDefault(id);
            if (present != 0 && present != count) throw new BrokenPromiseException($"{present} of the {count} messages of {id} up to {last} are there");
            if (position <= committed && present == 0) throw new BrokenPromiseException($"{id} up to {last} was told as safe and is lost");
            found.Remove(id);
        }

        if (found.Count > 0) throw new BrokenPromiseException($"{string.Join(", ", found.Keys)} were never stored as a whole");
        HashSet<string> there = [.. test.ReadReadable().Select(message => message.Headers.Split("\r\n")[1].Split(": ")[1])];
        _stored.RemoveAll(batch => !there.Contains(batch.Id));
        for (int i = 0; i < _stored.Count; i++) _stored[i] = _stored[i] with { Position = 0 };
    }
}
