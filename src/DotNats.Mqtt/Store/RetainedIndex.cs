using System.Text;
using DotNats.JetStream.Consumers.State;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Store;

/// <summary>Which subjects have a retained message: what the account's stream of them says, whoever wrote it.</summary>
/// <remarks>Messages themselves stay in the stream; only their subjects and sequences are kept here.</remarks>
// Owner: MqttAccount. The runner of the mailbox alone touches the trie; any thread posts. Lifetime: until disposed.
// Invariant: one entry a subject, of the newest message that is known of it.
internal sealed class RetainedIndex : ISubscriber, IDisposable
{
    // Far more than a stream sends before the runner has had its turn; each holds a subject and no payload.
    private const int MaxWaiting = 4_000_000;

    private readonly Account _account;
    private readonly Subscription _subscription;
    private readonly SubjectTrie<Entry> _entries = new();
    private readonly Dictionary<string, Entry> _bySubject = new(StringComparer.Ordinal);
    private readonly Mailbox<Action> _mailbox;
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<ulong, string> _onForgotten;
    private ulong _received;
    private ulong _expected = ulong.MaxValue;

    /// <param name="deliverSubject">Where the stream's consumer sends to.</param>
    /// <param name="onForgotten">Hears of a record that forgets: its sequence and the server it came from.</param>
    public RetainedIndex(ServerCore server, Account account, string deliverSubject, Action<ulong, string> onForgotten)
    {
        _account = account;
        _onForgotten = onForgotten;
        _mailbox = new Mailbox<Action>(static change => change(), exception => MqttStoreLog.RetainedFailed(server.Logger, exception, account.Name), MaxWaiting);
        _subscription = new Subscription(this, Encoding.UTF8.GetBytes(deliverSubject), queue: null, new SubscriptionId("1"u8));
        account.AddInterest(_subscription);
    }

    /// <summary>Ends when so many messages have come: as many as the consumer had to deliver when it was made.</summary>
    public Task LoadedAsync(ulong expected)
    {
        _mailbox.TryPost(() => Expect(expected));
        return _loaded.Task;
    }

    /// <summary>A message was stored, or one was forgotten: the consumer says so too, but later.</summary>
    public void Set(string subject, ulong sequence, bool isForgotten) => _mailbox.TryPost(() => Apply(subject, sequence, isForgotten));

    /// <summary>Subjects with a retained message that a filter matches.</summary>
    public Task<List<RetainedPlace>> FindAsync(IReadOnlyList<string> filters)
    {
        var found = new TaskCompletionSource<List<RetainedPlace>>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_mailbox.TryPost(() => found.TrySetResult(Find(filters)))) found.TrySetResult([]);
        return found.Task;
    }

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (subscription.IsClosed) return false;
        if (message.Trace is { IsTraceOnly: true }) return true;
        context.ReleaseHeld();
        Interlocked.Increment(ref subscription.Delivered);
        ReadOnlySpan<byte> headers = message.Body[..Math.Max(0, message.HeaderLength)];
        ReadOnlySpan<byte> payload = message.Body[headers.Length..message.Size];
        // Only what an older server stored says in its payload what it is.
        bool isOld = MqttHeaderBlock.Find(headers, "Nmqtt-RFlags"u8).IsEmpty;
        RetainedRecord? record = RetainedRecord.Read(Encoding.UTF8.GetString(subject), headers, isOld ? payload.ToArray() : default);
        ulong sequence = AckSubject.TryParse(message.Reply, out AckSubject ack) ? ack.StreamSequence : 0;
        bool isForgotten = payload.IsEmpty;
        _mailbox.TryPost(() => Receive(record, sequence, isForgotten));
        return true;
    }

    public void Dispose()
    {
        _subscription.IsClosed = true;
        _account.RemoveInterest(_subscription);
        _mailbox.Close();
        _loaded.TrySetResult();
    }

    private void Receive(RetainedRecord? record, ulong sequence, bool isForgotten)
    {
        _received++;
        TellLoaded(_expected);
        // Compat: a subject with DEL, which an older server took, is passed over.
        if (record is null || record.Subject.Contains('\x7F', StringComparison.Ordinal)) return;
        Apply(record.Subject, sequence, isForgotten);
        if (isForgotten) _onForgotten(sequence, record.Origin);
    }

    private void Expect(ulong expected)
    {
        _expected = expected;
        TellLoaded(expected);
    }

    private bool TellLoaded(ulong expected) => _received >= expected && _loaded.TrySetResult();

    private void Apply(string subject, ulong sequence, bool isForgotten)
    {
        if (_bySubject.TryGetValue(subject, out Entry? entry))
        {
            if (sequence < entry.Sequence) return;
            entry.Sequence = sequence;
            if (!isForgotten) return;
            _bySubject.Remove(subject);
            _entries.Remove(entry);
            return;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(subject);
        if (isForgotten || !Subjects.IsWellFormedFilter(bytes)) return;
        entry = new Entry(bytes) { Sequence = sequence };
        _bySubject[subject] = entry;
        _entries.Add(entry);
    }

    private List<RetainedPlace> Find(IReadOnlyList<string> filters)
    {
        var found = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var sink = new Collector(found);
        foreach (string filter in filters) _entries.MatchOverlapping(Encoding.UTF8.GetBytes(filter), ref sink);
        return [.. found.Select(static place => new RetainedPlace(place.Key, place.Value))];
    }

    private sealed class Entry(byte[] subject) : ISubjectEntry
    {
        public byte[] Subject { get; } = subject;

        public ulong Sequence { get; set; }
    }

    private readonly struct Collector(Dictionary<string, ulong> found) : IMatchSink<Entry>
    {
        public void OnMatch(Entry entry) => found[Encoding.UTF8.GetString(entry.Subject)] = entry.Sequence;
    }
}

/// <summary>Where a retained message is.</summary>
internal readonly record struct RetainedPlace(string Subject, ulong Sequence);
