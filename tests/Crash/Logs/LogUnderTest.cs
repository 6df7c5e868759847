using System.Text;
using Crash.Disk;
using Crash.Harness;
using DotNats.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Crash.Logs;

/// <summary>A file log on a faulty disk, opened again and again.</summary>
// Owner: one case, whose thread does everything: also what in a server the threads of the store do. So a seed repeats all of it.
internal sealed class LogUnderTest(FaultyFiles files) : IDisposable
{
    private const string Account = "A";

    private FileStore? _store;
    private FileLog? _log;

    public FaultyFiles Files => files;

    public FileLog Log => _log!;

    /// <summary>Where the log's history stands; 0 while it is closed.</summary>
    public long Position => _log?.Position ?? 0;

    public FakeTimeProvider Clock { get; private set; } = new();

    public CrashListener Listener { get; private set; } = new();

    /// <summary>Null where nothing is encrypted.</summary>
    public StoreEncryption? Encryption { get; init; }

    /// <summary>What is in the redo journal is written to its file later; otherwise memory for blocks is scarce.</summary>
    public bool Owes { get; init; }

    /// <summary>Opens the log; makes its stream where there is none.</summary>
    public void Open(LogOptions options)
    {
        Clock = new FakeTimeProvider();
        Listener = new CrashListener();
        var storeOptions = new FileStoreOptions { Directory = "/store", Files = files, Clock = Clock, SyncThreads = 0, CacheBytes = 16 * 1024, Encryption = Encryption, RedoBytes = 64 * 1024, RedoAfterSyncs = 2 };
        _store = FileStore.Open(Owes ? storeOptions with { OwingLogs = 1 } : storeOptions with { ActiveBytes = 1 });
        var streams = new List<StoredStream>();
        var quarantined = new List<QuarantinedStream>();
        _store.Find(Account, streams, quarantined);
        if (quarantined.Count > 0) throw new BrokenPromiseException($"the stream was set aside: {quarantined[0].Reason}");
        StreamDirectory stream = streams.Count > 0 ? streams[0].Directory : _store.Create(Account, options.Name, "{}"u8);
        _log = stream.OpenLog(options, Listener);
    }

    /// <summary>Gives the log a turn at its files; false where it wants none.</summary>
    public bool RunTurn() => _store!.Services.Loop.TryRunTurn();

    /// <summary>Has a block read that was not looked at when the log was opened; false where there is none.</summary>
    public bool VerifyBlock() => _store!.Services.Verifier.TryVerifyNext();

    /// <summary>Has everything so far committed; false where the log failed.</summary>
    public bool Commit()
    {
        long position = Log.Position;
        Log.Commit();
        return Wait(position);
    }

    /// <summary>Gives the log turns until a position is safe or it failed; true for safe.</summary>
    /// <param name="mayNeedCommit">Nobody may have asked for it yet.</param>
    public bool Wait(long position, bool mayNeedCommit = false)
    {
        if (mayNeedCommit) Log.Commit();
        while (Listener.Committed < position && Listener.Failure is null)
        {
            if (!RunTurn()) throw new BrokenPromiseException("a commit never ended");
        }

        return Listener.Committed >= position;
    }

    /// <summary>Ends the log as it is; after a crash nothing reaches the disk any more.</summary>
    public void Close()
    {
        if (_log is not null)
        {
            Task ended = _log.DisposeAsync().AsTask();
            while (RunTurn())
            {
            }

            if (!ended.Wait(TimeSpan.FromSeconds(10))) throw new BrokenPromiseException("a log was never closed");
        }

        _store?.Dispose();
        _log = null;
        _store = null;
    }

    public void Dispose() => Close();

    /// <summary>All messages that can be read.</summary>
    public List<ModelMessage> ReadReadable()
    {
        LogState state = Log.State;
        var buffer = new MessageBuffer();
        var found = new List<ModelMessage>();
        for (ulong sequence = Math.Max(1, state.FirstSequence); sequence <= state.LastSequence; sequence++)
        {
            if (Log.TryRead(sequence, buffer) == ReadStatus.Found) found.Add(Copy(buffer));
        }

        return found;
    }

    /// <summary>All messages, each read by its sequence, and checked against all other ways of asking.</summary>
    public List<ModelMessage> ReadAll()
    {
        LogState state = Log.State;
        var buffer = new MessageBuffer();
        List<ModelMessage> found = ReadReadable();
        Check(state.Messages == (ulong)found.Count, $"{state.Messages} messages are counted, {found.Count} are there");
        Check(state.Bytes == (ulong)found.Sum(message => message.RecordBytes), $"{state.Bytes} bytes are counted, {found.Sum(message => message.RecordBytes)} are there");
        ulong first = found.Count > 0 ? found[0].Sequence : state.LastSequence + 1;
        // Where nothing ever was there is no first sequence.
        Check(state.FirstSequence == first || state is { FirstSequence: 0, LastSequence: 0 }, $"the first sequence is said to be {state.FirstSequence} and is {first}");
        CheckScan(found, buffer);
        CheckSubjects(found, state, buffer);
        return found;
    }

    private void CheckScan(List<ModelMessage> found, MessageBuffer buffer)
    {
        ulong next = 0;
        foreach (ModelMessage message in found)
        {
            Check(Log.TryReadNext(next, null, buffer) == ReadStatus.Found && Copy(buffer) == message, $"what comes at or after {next} is not {message}");
            next = message.Sequence + 1;
        }

        Check(Log.TryReadNext(next, null, buffer) == ReadStatus.NotFound, $"there is something at or after {next}");
    }

    private void CheckSubjects(List<ModelMessage> found, LogState state, MessageBuffer buffer)
    {
        List<IGrouping<string, ModelMessage>> subjects = [.. found.GroupBy(message => message.Subject)];
        Check(state.Subjects == subjects.Count, $"{state.Subjects} subjects are counted, {subjects.Count} are there");
        foreach (IGrouping<string, ModelMessage> subject in subjects)
        {
            var expected = new SubjectState((ulong)subject.Count(), subject.First().Sequence, subject.Last().Sequence);
            SubjectState actual = Log.GetSubject(Encoding.UTF8.GetBytes(subject.Key));
            Check(actual == expected, $"{subject.Key} is said to have {actual} and has {expected}");
            Check(Log.TryReadLast(Encoding.UTF8.GetBytes(subject.Key), buffer) == ReadStatus.Found && buffer.Sequence == expected.LastSequence, $"the last of {subject.Key} is not {expected.LastSequence}");
        }
    }

    private static ModelMessage Copy(MessageBuffer buffer) => new(
        buffer.Sequence, Encoding.UTF8.GetString(buffer.Subject), Encoding.UTF8.GetString(buffer.Headers), Encoding.UTF8.GetString(buffer.Payload), buffer.Timestamp, 0);

    private static void Check(bool holds, string what)
    {
        if (!holds) throw new BrokenPromiseException(what);
    }
}
