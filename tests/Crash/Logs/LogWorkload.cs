using System.Text;
using Crash.Harness;
using DotNats.Storage;

namespace Crash.Logs;

/// <summary>Does random things to a log and writes down in the model what it answered.</summary>
// Owner: one case. Everything comes from its Random, so that a seed repeats it.
internal sealed class LogWorkload(Random random, LogUnderTest test, LogModel model)
{
    private const long Second = 1_000_000_000;

    private long _now = 1_700_000_000 * Second;
    private int _payloadNumber;
    private int _interruptions;
    private (LogOptions Options, long Position)? _wanted;

    public LogOptions Options { get; private set; } = null!;

    /// <summary>What was done, for whoever looks for the cause of a failure.</summary>
    public List<string> History { get; } = [];

    public long Now => _now;

    private FileLog Log => test.Log;

    /// <summary>It cannot be cut while its disk is full.</summary>
    public bool CanTruncate { get; set; } = true;

    private bool IsLimited { get; set; }

    /// <summary>Rules that never remove anything.</summary>
    public void ChooseUnlimited(LogCompression compression)
    {
        Options = new LogOptions { Name = "CRASH", BlockBytes = random.Next(2) == 0 ? 400 : 3000, Compression = compression };
        History.Add($"{Options}");
    }

    /// <summary>Random rules.</summary>
    public void Choose(LogDurability durability)
    {
        IsLimited = true;
        Options = RandomOptions(durability);
        History.Add($"{Options}");
    }

    private LogOptions RandomOptions(LogDurability durability) => new()
    {
        Name = "CRASH",
        Durability = durability,
        BlockBytes = random.Next(3) switch { 0 => 300, 1 => 1500, _ => 9000 },
        MaxMessages = random.Next(3) == 0 ? random.Next(5, 60) : -1,
        MaxBytes = random.Next(4) == 0 ? random.Next(1000, 9000) : -1,
        MaxMessagesPerSubject = random.Next(3) == 0 ? random.Next(1, 6) : -1,
        MaxAge = random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(5, 60)) : TimeSpan.Zero,
        Compression = random.Next(4) == 0 ? LogCompression.S2 : LogCompression.None,
    };

    /// <summary>Does a few things, the last of them a commit, and sometimes more while that is carried out; false once the log has failed.</summary>
    public bool Step()
    {
        for (int left = random.Next(1, 8); left > 0; left--) Act();
        if (random.Next(4) == 0) _interruptions = random.Next(1, 6);
        bool isGoing = CommitAndWait();
        _interruptions = 0;
        return isGoing;
    }

    public bool CommitAndWait()
    {
        Note("commit");
        test.Files.Changing = Interrupt;
        try
        {
            if (!test.Commit()) return false;
            // What makes files smaller, and what was committed meanwhile, is done now or later.
            while (random.Next(3) > 0 && test.RunTurn())
            {
            }
        }
        finally
        {
            test.Files.Changing = null;
        }

        return test.Listener.Failure is null;
    }

    /// <summary>The log was opened again after everything up to a position had been acknowledged: it is compared, and the model goes on with what it has.</summary>
    public void Reconcile(long committed)
    {
        Note($"opened: {test.Log.State} {string.Join(", ", test.Log.Damage)}");
        HashSet<ulong> removed = TakeRemoved();
        while (Log.Expire(_now, int.MaxValue))
        {
        }

        removed.UnionWith(TakeRemoved());
        foreach (string line in CrashRun.WantsHistory ? FileReport.Lines(test.Files, Options.Name) : []) Note(line);
        model.Reconcile(committed, test.ReadAll(), removed.Contains, Log.State.LastSequence);
    }

    private HashSet<ulong> TakeRemoved()
    {
        HashSet<ulong> removed = [.. test.Listener.Removed.Select(message => message.Sequence)];
        test.Listener.Removed.Clear();
        return removed;
    }

    /// <summary>Has the history tell of all changes to files.</summary>
    public void TraceFiles()
    {
        if (CrashRun.WantsHistory) test.Files.Trace = Note;
    }

    public void Note(string what) => History.Add($"{test.Files.Operations} [{test.Position}]: {what}");

    /// <summary>Writes down what the log removed by itself.</summary>
    public void NoteRemoved()
    {
        long position = Log.Position;
        foreach ((ulong sequence, string _, int _, RemovalReason reason) in test.Listener.Removed)
        {
            // What goes together was judged one after the other; the state afterwards speaks of a single one only.
            bool isAlone = test.Listener.Removed.Count == 1;
            if (reason == RemovalReason.Age || (reason == RemovalReason.Limit && isAlone)) CheckReason(sequence, reason);
            Note($"{sequence} went: {reason}");
            model.Remove(sequence, position, reason);
        }

        test.Listener.Removed.Clear();
    }

    // What a log's writer does while its files are being changed.
    private void Interrupt()
    {
        if (_interruptions == 0 || random.Next(2) == 0) return;
        _interruptions--;
        switch (random.Next(8))
        {
            case < 5:
                Append();
                break;
            case 5:
                Remove(erase: random.Next(2) == 0);
                break;
            case 6:
                Purge();
                NoteRemoved();
                break;
            default:
                Note("commit meanwhile");
                Log.Commit();
                break;
        }

        model.NoteLast(Log.Position, Log.State.LastSequence);
    }

    private void Act()
    {
        switch (random.Next(44))
        {
            case < 26:
                Append();
                return;
            case < 30:
                Remove(erase: false);
                break;
            case < 32:
                Remove(erase: true);
                break;
            case 32:
                Purge();
                break;
            case 33 when CanTruncate && random.Next(3) == 0:
                Truncate();
                break;
            case 34:
                Note($"skip: {Log.Skip((ulong)random.Next(1, 5))}, last {Log.State.LastSequence}");
                break;
            case < 38:
                _now += random.Next(1, 10) * Second;
                Note("expire");
                Log.Expire(_now, random.Next(1, 50));
                break;
            case 38 when random.Next(4) == 0:
                if (!IsLimited) return;
                Update();
                return;
            case < 41:
                Keep();
                break;
        }

        NoteRemoved();
        model.NoteLast(Log.Position, Log.State.LastSequence);
    }

    // What goes on beside the writer.
    private void Keep()
    {
        switch (random.Next(4))
        {
            case 0:
                Note("index");
                Log.WantIndex();
                break;
            case 1:
                Note("time");
                test.Clock.Advance(TimeSpan.FromSeconds(15));
                break;
            default:
                Note("verify");
                test.VerifyBlock();
                break;
        }
    }

    // Rules are kept, where they are kept, once the log is safe under them.
    private void Update()
    {
        LogOptions before = Options;
        LogOptions next = RandomOptions(before.Durability);
        Note($"update {next}");
        Log.Update(next);
        Options = next;
        NoteRemoved();
        model.NoteLast(Log.Position, Log.State.LastSequence);
        _wanted = (next, Log.Position);
        if (CommitAndWait()) _wanted = null;
        else Options = before;
    }

    /// <summary>Rules that were not safe when they were asked for may be so now.</summary>
    public void Adopt(long committed)
    {
        if (_wanted is { } wanted && wanted.Position <= committed) Options = wanted.Options;
        _wanted = null;
    }

    private void Append()
    {
        _now += random.Next(3) * Second / 2;
        string subject = $"s.{random.Next(12)}";
        string headers = random.Next(3) == 0 ? $"NATS/1.0\r\nNumber: {_payloadNumber}\r\n\r\n" : "";
        string payload = $"<payload {_payloadNumber++}>".PadRight(random.Next(8) == 0 ? random.Next(2000) : random.Next(60), '.');
        ulong gap = random.Next(25) == 0 ? Log.State.LastSequence + (ulong)random.Next(1, 4) : 0;
        AppendResult result = Log.Append(new NewMessage
        {
            Sequence = gap,
            Timestamp = _now,
            Subject = Encoding.UTF8.GetBytes(subject),
            Headers = Encoding.UTF8.GetBytes(headers),
            Payload = Encoding.UTF8.GetBytes(payload),
        });
        if (!result.IsOk)
        {
            // Until the failure is told, or after it was, the answer is the same.
            if (test.Listener.Failure?.StartsWith($"{result.Status}:", StringComparison.Ordinal) != true)
                throw new BrokenPromiseException($"an append was answered with {result.Status}, the log told {test.Listener.Failure ?? "of no failure"}");
            return;
        }

        Note($"append {result.Sequence} {subject}");
        model.Add(new ModelMessage(result.Sequence, subject, headers, payload, _now, Log.Position));
        NoteRemoved();
        model.NoteLast(Log.Position, result.Sequence);
    }

    private void Remove(bool erase)
    {
        if (Pick() is not { } message) return;
        Note($"remove {message.Sequence}{(erase ? ", erased" : "")}");
        bool isRemoved = Log.Remove(message.Sequence, erase);
        if (!isRemoved) throw new BrokenPromiseException($"{message.Sequence} is there and could not be removed");
        test.Listener.Removed.Clear();
        model.Remove(message.Sequence, Log.Position, RemovalReason.Removed, erase);
    }

    private void Purge()
    {
        ulong last = Log.State.LastSequence;
        string filter = random.Next(3) switch { 0 => "", 1 => $"s.{random.Next(12)}", _ => "s.*" };
        ulong before = random.Next(2) == 0 ? 0 : (ulong)random.NextInt64((long)last + 1);
        ulong keep = random.Next(3) == 0 && before == 0 ? (ulong)random.Next(1, 5) : 0;
        Note($"purge \"{filter}\" before {before} keep {keep}");
        Log.Purge(Encoding.UTF8.GetBytes(filter), before, keep);
    }

    private void Truncate()
    {
        LogState state = Log.State;
        if (state.Messages == 0) return;
        ulong last = state.FirstSequence - 1 + (ulong)random.NextInt64((long)(state.LastSequence - state.FirstSequence + 2));
        Note($"truncate to {last}, {state}");
        Log.Truncate(last);
        // Also where the disk failed in the middle.
        model.NoteLast(Log.Position + 1, last);
    }

    private ModelMessage? Pick()
    {
        List<ModelMessage> present = [.. model.Present];
        return present.Count == 0 ? null : present[random.Next(present.Count)];
    }

    // A limit may take the oldest only while there would be too much with it.
    private void CheckReason(ulong sequence, RemovalReason reason)
    {
        ModelMessage message = model.FindPresent(sequence) ?? throw new BrokenPromiseException($"{sequence} was removed and had not been there");
        if (reason == RemovalReason.Age)
        {
            if (_now - message.Timestamp < Log.Options.MaxAge.Ticks * 100) throw new BrokenPromiseException($"{sequence} was removed as too old and is not");
            return;
        }

        LogState state = Log.State;
        ulong ofSubject = Log.GetSubject(Encoding.UTF8.GetBytes(message.Subject)).Messages;
        bool isTooMuch = (Log.Options.MaxMessages > 0 && state.Messages >= (ulong)Log.Options.MaxMessages)
            || (Log.Options.MaxBytes > 0 && state.Bytes + 4096 > (ulong)Log.Options.MaxBytes)
            || (Log.Options.MaxMessagesPerSubject > 0 && ofSubject >= (ulong)Log.Options.MaxMessagesPerSubject);
        if (!isTooMuch) throw new BrokenPromiseException($"{sequence} was removed by a limit; {state}, {ofSubject} of its subject, {Options}");
    }
}
