using System.Text;
using DotNats.JetStream;
using DotNats.JetStream.Publishing;
using DotNats.JetStream.Publishing.Batches;
using DotNats.Storage;

namespace JetStream.Tests.Publishing;

/// <summary>A runner in small: single publishes and batches of both kinds against a list, each answered with what the real server would send.</summary>
internal sealed class StreamHarness
{
    private readonly PublishRules _rules;
    private readonly AtomicBatches _atomic;
    private readonly FastBatches _fast;

    public StreamHarness(PublishPolicy policy, BatchLimits? limits = null, BatchQuota? quota = null, IMessageLog? log = null)
    {
        Log = log ?? new ListLog();
        _rules = new PublishRules(policy, Log, new DuplicateWindow(TimeSpan.FromMinutes(2)));
        var judge = new BatchRules(Log, _rules);
        _atomic = new AtomicBatches(_rules, judge, limits ?? BatchLimits.Default, quota ?? new BatchQuota(1000), apiLevel: 5);
        _fast = new FastBatches(_rules, judge, limits ?? BatchLimits.Default, quota ?? new BatchQuota(1000), apiLevel: 5);
    }

    public IMessageLog Log { get; }

    public AtomicBatches Atomic => _atomic;

    public FastBatches Fast => _fast;

    /// <summary>Nanoseconds since 1970.</summary>
    public long Now { get; set; } = 1_700_000_000_000_000_000;

    /// <summary>Why batches were abandoned, with their ids.</summary>
    public List<string> Abandoned { get; } = [];

    /// <summary>Appended messages of fast batches wait to be committed until <see cref="Commit"/>.</summary>
    public bool HoldsCommits { get; set; }

    private List<(byte[] Reply, byte[] Headers, ulong Sequence)> Uncommitted { get; } = [];

    /// <summary>Publishes; the answers in order.</summary>
    /// <param name="headers">Lines, without the empty one.</param>
    /// <param name="fast">Tail of the reply subject of a fast batch, without its suffix.</param>
    public List<string> Publish(string subject, string headers = "", string payload = "", string fast = "") =>
        Publish(Utf8(subject), headers.Length == 0 ? [] : Utf8($"NATS/1.0\r\n{headers}\r\n\r\n"), Utf8(payload), Utf8(fast.Length == 0 ? "rec.1" : $"rec.1.{fast}.$FI"));

    /// <summary>Publishes; the answers in order.</summary>
    public List<string> Publish(byte[] subject, byte[] block, byte[] payload, byte[] reply)
    {
        var publication = new Publication(subject, block, payload);
        FastBatchReading reading = FastBatchRequest.Read(reply, block, out FastBatchRequest request);
        if (reading != FastBatchReading.None) return PublishFast(reading, request, ref publication, reply, block);
        if (AtomicBatches.IsMember(in publication)) return [PublishAtomic(ref publication)];
        PublishVerdict verdict = _rules.Check(ref publication, Now);
        if (verdict.IsStore) verdict = _rules.CheckRoom(ref publication);
        if (!verdict.IsStore) return [verdict.Error is { } error ? Error(error) : Acknowledge(verdict.Sequence, ",\"duplicate\": true")];
        string value = publication.CounterValue.IsEmpty ? "" : $",\"val\":\"{Encoding.UTF8.GetString(publication.CounterValue)}\"";
        return [Acknowledge(Store(new StagedMessage(in publication)), value)];
    }

    /// <summary>What was held back is safe; the answers in order.</summary>
    public List<string> Commit()
    {
        var answers = new List<string>();
        foreach ((byte[] reply, byte[] headers, ulong sequence) in Uncommitted) answers.AddRange(OnCommitted(reply, headers, sequence));
        Uncommitted.Clear();
        return answers;
    }

    /// <summary>What is stored, one message a line: sequence, subject, headers without their status line, payload.</summary>
    public List<string> Dump(string separator)
    {
        var lines = new List<string>();
        var message = new MessageBuffer();
        for (ulong next = 1; Log.TryReadNext(next, filters: null, message) == ReadStatus.Found; next = message.Sequence + 1)
            lines.Add(ListLog.Line(message.Sequence, message.Subject, message.Headers, message.Payload, separator));
        return lines;
    }

    private string PublishAtomic(ref Publication publication)
    {
        string id = Encoding.UTF8.GetString(publication.Read[DotNats.JetStream.Publishing.Headers.PublishHeader.BatchId]);
        AtomicStep step = _atomic.Take(ref publication, resources: null, Now);
        if (step.AbandonReason is { } reason) Abandoned.Add($"{id} {reason}");
        if (step.Error is { } error) return Error(error);
        if (step.Messages is not { } messages) return "(empty)";
        ulong sequence = 0;
        foreach (StagedMessage message in messages) sequence = Store(message);
        return Acknowledge(sequence, $",\"batch\":\"{id}\",\"count\":{messages.Count}");
    }

    private List<string> PublishFast(FastBatchReading reading, FastBatchRequest request, ref Publication publication, byte[] reply, byte[] block)
    {
        var replies = new List<FastReply>();
        bool append = _fast.Take(reading, request, ref publication, resources: null, Now, replies);
        List<string> answers = Write(replies, request.Id);
        if (request.IsEndOfBatch) _fast.AcknowledgeTo(request, reply);
        if (!append) return answers;
        ulong sequence = Store(new StagedMessage(in publication));
        if (HoldsCommits) Uncommitted.Add((reply, block, sequence));
        else answers.AddRange(OnCommitted(reply, block, sequence));
        return answers;
    }

    private List<string> OnCommitted(byte[] reply, byte[] headers, ulong sequence)
    {
        var replies = new List<FastReply>();
        FastBatchRequest.Read(reply, headers, out FastBatchRequest request);
        _fast.OnCommitted(request, sequence, replies);
        return Write(replies, request.Id);
    }

    private static List<string> Write(List<FastReply> replies, ReadOnlySpan<byte> id)
    {
        string name = Encoding.UTF8.GetString(id);
        return [.. replies.Select(reply => Write(reply, name))];
    }

    private ulong Store(StagedMessage message)
    {
        ulong sequence = Log.Append(new NewMessage { Timestamp = Now, Subject = message.Subject, Headers = message.Headers, Payload = message.Payload }).Sequence;
        _rules.OnStored(message.MessageId, sequence, Now);
        if (message.Rollup == Rollup.Subject) Log.Purge(message.Subject, 0, 1);
        if (message.Rollup == Rollup.All) Log.Purge(default, 0, 1);
        if (!message.FinishedSchedule.IsEmpty) Log.Purge(message.FinishedSchedule, 0, 0);
        return sequence;
    }

    private static string Write(FastReply reply, string id) => reply.Kind switch
    {
        FastReplyKind.Acknowledge => Place(reply) + Acknowledge(reply.Sequence, $",\"batch\":\"{id}\",\"count\":{reply.Number}"),
        FastReplyKind.Duplicate => Acknowledge(reply.Sequence, $",\"duplicate\": true,\"batch\":\"{id}\",\"count\":{reply.Number}"),
        FastReplyKind.Refuse => Error(reply.Error!),
        _ => Encoding.UTF8.GetString(reply.WriteBody()),
    };

    private static string Place(FastReply reply) => reply.Reply is { } place ? $"{Encoding.UTF8.GetString(place)} " : "";

    private static string Acknowledge(ulong sequence, string more) => $"{{\"stream\":\"A\",\"seq\":{sequence}{more}}}";

    private static string Error(ApiError error) =>
        $"{{\"error\":{{\"code\":{error.Code},\"err_code\":{error.ErrCode},\"description\":\"{error.Description.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"}},\"stream\":\"A\",\"seq\":0}}";

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
