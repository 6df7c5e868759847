using Crash.Disk;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>One log without limits, of which one bit at a time is turned over: what it holds is right, and what it lost it names.</summary>
internal static class FlipCase
{
    private const int Flips = 100;

    // Every so often the damaged log is used further.
    private const int FlipsPerUse = 10;

    /// <summary>Returns how many flips there were.</summary>
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed));
        LogOptions options = Fill(random, files, out Dictionary<ulong, ModelMessage> expected);
        List<(string Path, FileBytes Bytes)> all = files.AllFiles().FindAll(file => file.Path.EndsWith(".blk", StringComparison.Ordinal));
        long total = all.Sum(file => file.Bytes.Length);
        for (int flip = 0; flip < Flips; flip++)
        {
            long place = random.NextInt64(8 * total);
            string path = Locate(all, ref place);
            FaultyFiles damaged = files.Copy(new Random(seed));
            damaged.FlipBit(path, place);
            try
            {
                Check(damaged, options, expected, path, isUsed: flip % FlipsPerUse == 0);
            }
            catch (BrokenPromiseException e)
            {
                throw new BrokenPromiseException($"flip {flip}, bit {place % 8} of byte {place / 8} of {path}: {e.Message}");
            }
        }

        return Flips;
    }

    private static LogOptions Fill(Random random, FaultyFiles files, out Dictionary<ulong, ModelMessage> expected)
    {
        files.CreateDirectory("/store");
        var model = new LogModel();
        using var test = new LogUnderTest(files);
        var workload = new LogWorkload(random, test, model);
        workload.ChooseUnlimited(LogCompression.None);
        test.Open(workload.Options);
        do
        {
            bool isGoing = CrashRun.WithHistory(workload.History, () => workload.Step());
            if (!isGoing) throw new BrokenPromiseException($"the log failed: {test.Listener.Failure}");
        }
        while (test.Log.State.Messages == 0 || random.Next(12) > 0);
        List<ModelMessage> stored = test.ReadAll();
        expected = stored.ToDictionary(message => message.Sequence);
        test.Close();
        return CrashRun.WithHistory(workload.History, () =>
        {
            test.Open(workload.Options);
            List<ModelMessage> found = test.ReadAll();
            if (!found.SequenceEqual(stored)) throw new BrokenPromiseException($"a closed log opens without [{Sequences(stored.Except(found))}] and with [{Sequences(found.Except(stored))}]");
            return workload.Options;
        });
    }

    private static string Sequences(IEnumerable<ModelMessage> messages) => string.Join(", ", messages.Select(message => message.Sequence));

    private static string Locate(List<(string Path, FileBytes Bytes)> files, ref long bit)
    {
        foreach ((string path, FileBytes bytes) in files)
        {
            if (bit < 8 * bytes.Length) return path;
            bit -= 8 * bytes.Length;
        }

        throw new InvalidOperationException("behind the last file");
    }

    private static void Check(FaultyFiles files, LogOptions options, Dictionary<ulong, ModelMessage> expected, string path, bool isUsed)
    {
        using var test = new LogUnderTest(files);
        test.Open(options);
        List<ModelMessage> found = test.ReadReadable();
        int known = 0;
        foreach (ModelMessage message in found)
        {
            if (!expected.TryGetValue(message.Sequence, out ModelMessage? stored)) continue;
            known++;
            if (message != stored && !IsUnprovable(message, stored)) throw new BrokenPromiseException($"{message} was read, {stored} was stored");
        }

        int lost = expected.Count - known;
        int back = found.Count - known;
        if (lost + back > 1) throw new BrokenPromiseException($"{lost} messages are lost and {back} deleted ones are back; one bit speaks of one record");
        if (lost + back > 0 && !test.Log.Damage.Any(damage => damage.Place.StartsWith(path, StringComparison.Ordinal)))
            throw new BrokenPromiseException($"{lost} messages are lost and {back} deleted ones are back, and nothing was reported");
        if (isUsed) Use(test, options, found);
    }

    // Compat: checksums of the format leave out how long subject and headers are; where the border between them and what follows is
    // moved by the flip, the same bytes are read with another border.
    private static bool IsUnprovable(ModelMessage message, ModelMessage stored) =>
        message.Subject + message.Headers + message.Payload == stored.Subject + stored.Headers + stored.Payload && message.Timestamp == stored.Timestamp;

    // A damaged log takes more, and what it takes is safe; what could be read before can be read then.
    private static void Use(LogUnderTest test, LogOptions options, List<ModelMessage> found)
    {
        AppendResult result = test.Log.Append(new NewMessage { Timestamp = long.MaxValue / 2, Subject = "after"u8, Payload = "damage"u8 });
        if (!result.IsOk || !test.Commit()) throw new BrokenPromiseException($"a damaged log takes nothing: {result.Status}, {test.Listener.Failure}");
        test.Close();
        test.Files.Restart(powerWasLost: true);
        test.Open(options);
        List<ModelMessage> later = test.ReadReadable();
        if (later.Count != found.Count + 1 || !later.Take(found.Count).SequenceEqual(found)) throw new BrokenPromiseException($"{found.Count} messages could be read and one was stored, {later.Count} can be read after reopening");
    }
}
