using Crash.Disk;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>
/// One log without limits, of which one bit at a time is turned over, in any of its files: it is noticed and named, what is read is right, and it
/// costs one message at most.
/// </summary>
internal static class FlipCase
{
    private const int Flips = 50;

    // Every so often the damaged log is used further.
    private const int FlipsPerUse = 10;

    /// <summary>Returns how many flips there were.</summary>
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed));
        StoreEncryption? encryption = random.Next(4) == 0 ? CrashCase.Keys(random) : null;
        LogOptions options = Fill(random, files, encryption, out Dictionary<ulong, ModelMessage> expected);
        List<(string Path, FileBytes Bytes)> all = files.AllFiles().FindAll(file => IsRead(files, file.Path));
        long total = all.Sum(file => file.Bytes.Length);
        for (int flip = 0; flip < Flips; flip++)
        {
            long place = random.NextInt64(8 * total);
            string path = Locate(all, ref place);
            FaultyFiles damaged = files.Copy(new Random(seed));
            damaged.FlipBit(path, place);
            bool hasIndex = random.Next(3) > 0 || path.EndsWith(".idx", StringComparison.Ordinal);
            if (!hasIndex) Drop(damaged, all);
            try
            {
                using var test = new LogUnderTest(damaged) { Encryption = encryption };
                Check(test, options, expected, path, isUsed: flip % FlipsPerUse == 0);
            }
            catch (BrokenPromiseException e)
            {
                string report = CrashRun.WantsHistory ? "\n" + string.Join('\n', FileReport.Lines(files, options.Name)) : "";
                throw new BrokenPromiseException($"flip {flip}, bit {place % 8} of byte {place / 8} of {path}, {(hasIndex ? "with" : "without")} an index: {e.Message}{report}");
            }
        }

        return Flips;
    }

    private static LogOptions Fill(Random random, FaultyFiles files, StoreEncryption? encryption, out Dictionary<ulong, ModelMessage> expected)
    {
        files.CreateDirectory("/store");
        files.SyncDirectory("/");
        var model = new LogModel();
        using var test = new LogUnderTest(files) { Encryption = encryption };
        var workload = new LogWorkload(random, test, model);
        workload.ChooseUnlimited(random.Next(4) == 0 ? LogCompression.S2 : LogCompression.None);
        test.Open(workload.Options);
        if (random.Next(3) == 0) files.CrashAt = files.Operations + random.Next(30, 100);
        bool isGoing;
        do isGoing = CrashRun.WithHistory(workload.History, workload.Step);
        while (isGoing && (test.Log.State.Messages == 0 || random.Next(12) > 0));
        if (!isGoing && !files.IsDown) throw new BrokenPromiseException($"the log failed: {test.Listener.Failure}");
        if (files.IsDown) Crash(test, workload.Options);
        files.CrashAt = int.MaxValue;
        List<ModelMessage> stored = test.ReadAll();
        expected = stored.ToDictionary(message => message.Sequence);
        test.Close();
        return CrashRun.WithHistory(workload.History, () =>
        {
            test.Open(workload.Options);
            List<ModelMessage> found = test.ReadAll();
            if (!found.SequenceEqual(stored)) throw new BrokenPromiseException($"a closed log opens without [{Sequences(stored.Except(found))}] and with [{Sequences(found.Except(stored))}]");
            test.Close();
            return workload.Options;
        });
    }

    // What a power failure left is damage already, and is told; so that what a flip does is seen, the log is read as it is then.
    private static void Crash(LogUnderTest test, LogOptions options)
    {
        test.Close();
        test.Files.Restart(powerWasLost: true);
        test.Open(options);
    }

    // What was put aside, and the key of a block that was never begun, is nothing that a log reads.
    private static bool IsRead(FaultyFiles files, string path) =>
        !path.EndsWith(".cut", StringComparison.Ordinal)
        && (!path.EndsWith(".key", StringComparison.Ordinal) || path.EndsWith("meta.key", StringComparison.Ordinal) || files.FileExists(Path.ChangeExtension(path, ".blk")));

    private static string Sequences(IEnumerable<ModelMessage> messages) => string.Join(", ", messages.Select(message => message.Sequence));

    private static void Drop(FaultyFiles files, List<(string Path, FileBytes Bytes)> all)
    {
        foreach ((string path, _) in all)
        {
            if (path.EndsWith(".idx", StringComparison.Ordinal)) files.DeleteFile(path);
        }
    }

    private static string Locate(List<(string Path, FileBytes Bytes)> files, ref long bit)
    {
        foreach ((string path, FileBytes bytes) in files)
        {
            if (bit < 8 * bytes.Length) return path;
            bit -= 8 * bytes.Length;
        }

        throw new InvalidOperationException("behind the last file");
    }

    private static void Check(LogUnderTest test, LogOptions options, Dictionary<ulong, ModelMessage> expected, string path, bool isUsed)
    {
        string name = Path.GetFileName(path);
        if (!TryOpen(test, options, name)) return;
        List<ModelMessage> found = test.ReadReadable();
        while (test.VerifyBlock())
        {
        }

        int known = 0;
        foreach (ModelMessage message in found)
        {
            if (!expected.TryGetValue(message.Sequence, out ModelMessage? stored)) continue;
            known++;
            if (message != stored) throw new BrokenPromiseException($"{message} was read, {stored} was stored");
        }

        int lost = expected.Count - known;
        int back = found.Count - known;
        // A part of a compressed block is lost with one bit of it, a block with its key.
        bool isOfManyMessages = options.Compression != LogCompression.None || name.EndsWith(".key", StringComparison.Ordinal);
        if (lost + back > 1 && !isOfManyMessages) throw new BrokenPromiseException($"{lost} messages are lost and {back} deleted ones are back; one bit speaks of one record");
        // The same bytes can be compressed in more than one way.
        bool isNoDamage = options.Compression != LogCompression.None && lost + back == 0;
        if (!isNoDamage && !test.Log.Damage.Any(damage => damage.Place.Contains($"/{Path.GetFileNameWithoutExtension(name)}.", StringComparison.Ordinal)))
            throw new BrokenPromiseException($"nothing was reported; {lost} messages are lost and {back} deleted ones are back");
        if (isUsed) Use(test, options, found);
    }

    // What a log cannot be opened without is named, and left as it is.
    private static bool TryOpen(LogUnderTest test, LogOptions options, string name)
    {
        try
        {
            test.Open(options);
            return true;
        }
        catch (BrokenPromiseException e) when (name.StartsWith("meta.", StringComparison.Ordinal) && e.Message.Contains("set aside", StringComparison.Ordinal))
        {
            return false;
        }
        catch (IOException e) when (name.EndsWith(".key", StringComparison.Ordinal) && e.Message.Contains(name, StringComparison.Ordinal))
        {
            return false;
        }
    }

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
