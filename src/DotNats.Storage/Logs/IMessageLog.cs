using System.Runtime.InteropServices;

namespace DotNats.Storage;

/// <summary>The messages of one stream in the order of their sequences: what a file log and a memory log have in common.</summary>
/// <remarks>
/// Write: <see cref="Append"/> a batch, then <see cref="Commit"/> once; the listener hears when it is as safe as
/// <see cref="LogOptions.Durability"/> asks, and only then may anything be acknowledged. Removals are committed the same way.
/// </remarks>
// Owner: one thread at a time writes (the stream's runner); any thread reads. What both touch is guarded by the log's own gate, under
// which nothing is awaited, read from disk or called back.
// Lifetime: from its store's Open to DisposeAsync, which commits what was appended.
// Invariant: FirstSequence <= every stored sequence <= LastSequence; sequences only grow and are never given twice.
public interface IMessageLog : IAsyncDisposable
{
    /// <summary>Counters as of now. Any thread.</summary>
    LogState State { get; }

    /// <summary>The rules in force.</summary>
    LogOptions Options { get; }

    /// <summary>What was found damaged or missing when the log was opened or read; empty for a sound one. Any thread.</summary>
    IReadOnlyList<LogDamage> Damage { get; }

    /// <summary>Counts what was appended or removed since the log was opened: a place in its history, for <see cref="ILogListener.OnCommitted"/>.</summary>
    long Position { get; }

    /// <summary>So much waits to be made safe that whoever publishes should wait too. Any thread.</summary>
    /// <remarks>Appending goes on working: what was accepted has to be stored. It keeps memory from growing when the device is slower than publishers.</remarks>
    bool IsCongested => false;

    /// <summary>It is closed: who reads it finds nothing, whatever was there. Any thread.</summary>
    bool IsClosed => false;

    // ---- The writer's ----

    /// <summary>
    /// Stores one message behind the last and removes what the limits no longer allow (<see cref="LogOptions.RemovesOldest"/>). Nothing is
    /// kept of the spans. Refused by a full or failed disk only; then nothing changed.
    /// </summary>
    AppendResult Append(in NewMessage message);

    /// <summary>Gives away sequences without messages, as mirrors need it; they count as deleted.</summary>
    /// <param name="timestamp">When, for whom that counts as the last time; 0 leaves that as it is. Nanoseconds since 1970.</param>
    LogStatus Skip(ulong count, long timestamp = 0);

    /// <summary>Has everything so far made as safe as the durability asks; the listener is told. Costs nothing where nothing changed.</summary>
    void Commit();

    /// <summary>Removes one message; false where there is none.</summary>
    /// <param name="erase">Also overwrites its bytes where they are stored.</param>
    bool Remove(ulong sequence, bool erase);

    /// <summary>Removes messages and returns how many.</summary>
    /// <param name="filter">Subject or wildcard; empty for all.</param>
    /// <param name="before">Only those with a lower sequence; 0 for no bound.</param>
    /// <param name="keep">As many of the last matching ones stay; 0 for none.</param>
    ulong Purge(ReadOnlySpan<byte> filter, ulong before, ulong keep);

    /// <summary>Removes everything behind a sequence, as if it had never been: the next message gets the sequence after it.</summary>
    void Truncate(ulong lastSequence);

    /// <summary>Removes what is older than <see cref="LogOptions.MaxAge"/> or past its own time.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    /// <param name="maxCount">At most so many, so that others get a turn.</param>
    /// <returns>True where more is due.</returns>
    bool Expire(long now, int maxCount);

    /// <summary>When <see cref="Expire"/> has something to do at the earliest, in nanoseconds since 1970; <see cref="long.MaxValue"/> for never.</summary>
    long NextExpiry { get; }

    /// <summary>Puts other rules in force; what they no longer allow is removed.</summary>
    void Update(LogOptions options);

    // ---- Anyone's ----

    /// <summary>Reads one message.</summary>
    ReadStatus TryRead(ulong sequence, MessageBuffer target);

    /// <summary>Reads the first message from a sequence on (included) that one of the filters matches.</summary>
    /// <param name="filters">Subjects or wildcards; null or empty for all.</param>
    ReadStatus TryReadNext(ulong from, SubjectFilters? filters, MessageBuffer target);

    /// <summary>Reads the last message up to a sequence (included) that one of the filters matches.</summary>
    ReadStatus TryReadPrevious(ulong from, SubjectFilters? filters, MessageBuffer target);

    /// <summary>Reads the last message of a subject, or of all subjects a wildcard matches.</summary>
    /// <remarks>Compat: for everything (empty or <c>&gt;</c>) it is the message of the last sequence, and none where that was removed.</remarks>
    ReadStatus TryReadLast(ReadOnlySpan<byte> filter, MessageBuffer target);

    /// <summary>The first sequence whose message is not older than a time; one behind the last where all are.</summary>
    /// <param name="time">Nanoseconds since 1970.</param>
    ulong FirstSequenceSince(long time);

    /// <summary>Messages from a sequence on (included) that match, and the last sequence counted.</summary>
    /// <param name="lastPerSubject">Counts only the last of each subject.</param>
    PendingCount CountPending(ulong from, SubjectFilters? filters, bool lastPerSubject);

    /// <summary>First and last sequence and number of messages of one subject; all zero where it has none.</summary>
    SubjectState GetSubject(ReadOnlySpan<byte> subject);

    /// <summary>Number of messages and first and last sequence among those that match from a sequence on.</summary>
    SubjectState GetFiltered(ulong from, ReadOnlySpan<byte> filter);

    /// <summary>Adds each subject that a filter matches with its number of messages.</summary>
    /// <param name="filter">Subject or wildcard; empty for all.</param>
    void CopySubjects(ReadOnlySpan<byte> filter, ICollection<KeyValuePair<string, ulong>> target);

    /// <summary>Number of subjects that a filter matches.</summary>
    int CountSubjects(ReadOnlySpan<byte> filter);

    /// <summary>Adds the last sequence of each subject that one of the filters matches, ascending; false where there are more than allowed.</summary>
    /// <param name="upTo">Only messages up to this sequence count; 0 for all.</param>
    bool TryCopyLastSequences(SubjectFilters? filters, ulong upTo, int maxCount, List<ulong> target);

    /// <summary>The last sequence of each subject that one of the filters matches.</summary>
    SequenceList FindLastSequences(SubjectFilters? filters)
    {
        var sequences = new List<ulong>();
        TryCopyLastSequences(filters, 0, int.MaxValue, sequences);
        return SequenceList.Of(CollectionsMarshal.AsSpan(sequences));
    }

    /// <summary>The last sequence of those that match; 0 for none.</summary>
    ulong FindLast(SubjectFilters filters)
    {
        ulong last = 0;
        var message = new MessageBuffer();
        for (int i = 0; i < filters.Count; i++)
        {
            if (TryReadLast(filters[i], message) == ReadStatus.Found) last = Math.Max(last, message.Sequence);
        }

        return last;
    }

    /// <summary>The first sequence of those that match; 0 for none. Where that is less than <paramref name="enough"/>, anything that is less will do.</summary>
    ulong FindFirst(ReadOnlySpan<byte> filter, ulong enough) => GetFiltered(State.FirstSequence, filter).FirstSequence;

    /// <summary>Adds the deleted sequences between first and last, ascending.</summary>
    void CopyDeleted(List<ulong> target);

    /// <summary>Adds the sequences of messages the inspector marked (<see cref="MessageFacts.IsMarked"/>), ascending.</summary>
    void CopyMarked(List<ulong> target);
}
