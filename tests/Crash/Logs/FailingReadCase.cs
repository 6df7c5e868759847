using System.Text;
using Crash.Disk;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>A device that cannot read here and there while a log is used: what it cannot read is said to be unreadable, everything else is served, and nothing goes.</summary>
internal static class FailingReadCase
{
    private const int Rounds = 20;
    private const int ReadsPerRound = 15;

    /// <summary>Returns how many reads failed.</summary>
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed));
        files.CreateDirectory("/store");
        files.SyncDirectory("/");
        var options = new LogOptions
        {
            Name = "CRASH", BlockBytes = random.Next(400, 5000), Compression = random.Next(3) == 0 ? LogCompression.S2 : LogCompression.None,
        };
        var stored = new List<string>();
        using var test = new LogUnderTest(files) { Encryption = random.Next(4) == 0 ? CrashCase.Keys(random) : null, Owes = random.Next(2) == 0 };
        test.Open(options);
        for (int i = 0; i < 5; i++) Append(random, test, stored);
        files.ReadsPerFailure = random.Next(1, 5);
        int failed = 0;
        for (int round = 0; round < Rounds; round++)
        {
            Append(random, test, stored);
            for (int i = 0; i < ReadsPerRound; i++) failed += Read(random, test, stored) ? 0 : 1;
        }

        if (failed > 0 && test.Log.Damage.Count == 0) throw new BrokenPromiseException("messages could not be read, and nothing says so");
        files.ReadsPerFailure = 0;
        Compare(test, stored);
        test.Close();
        files.Restart(powerWasLost: random.Next(2) == 0);
        test.Open(options);
        Compare(test, stored);
        return Math.Max(failed, 1);
    }

    private static void Append(Random random, LogUnderTest test, List<string> stored)
    {
        for (int left = random.Next(1, 30); left > 0; left--)
        {
            string text = $"{stored.Count} {new string('.', random.Next(200))}";
            if (!test.Log.Append(new NewMessage { Timestamp = 1, Subject = Encoding.ASCII.GetBytes($"s.{stored.Count % 3}"), Payload = Encoding.ASCII.GetBytes(text) }).IsOk)
                throw new BrokenPromiseException($"a log that cannot read takes no more: {test.Listener.Failure}");
            stored.Add(text);
        }

        if (!test.Commit()) throw new BrokenPromiseException($"a log that cannot read failed: {test.Listener.Failure}");
        while (random.Next(2) == 0 && test.RunTurn())
        {
        }
    }

    // False where the message cannot be read.
    private static bool Read(Random random, LogUnderTest test, List<string> stored)
    {
        var buffer = new MessageBuffer();
        ulong sequence = (ulong)random.Next(1, stored.Count + 1);
        SubjectFilters? filters = random.Next(2) == 0 ? null : new SubjectFilters("s.1");
        ReadStatus status = random.Next(3) switch
        {
            0 => test.Log.TryReadNext(sequence, filters, buffer),
            1 => test.Log.TryReadLast("s.2"u8, buffer),
            _ => test.Log.TryRead(sequence, buffer),
        };
        if (status == ReadStatus.Found && Encoding.ASCII.GetString(buffer.Payload) != stored[(int)buffer.Sequence - 1])
            throw new BrokenPromiseException($"{buffer.Sequence} was read as {Encoding.ASCII.GetString(buffer.Payload)}");
        if (status == ReadStatus.Deleted) throw new BrokenPromiseException($"{sequence} is said to be deleted");
        return status == ReadStatus.Found;
    }

    private static void Compare(LogUnderTest test, List<string> stored)
    {
        List<ModelMessage> found = test.ReadAll();
        if (found.Count != stored.Count) throw new BrokenPromiseException($"{found.Count} of {stored.Count} messages are there");
        for (int i = 0; i < found.Count; i++)
        {
            if (found[i].Payload != stored[i]) throw new BrokenPromiseException($"{i + 1} is {found[i].Payload}");
        }
    }
}
