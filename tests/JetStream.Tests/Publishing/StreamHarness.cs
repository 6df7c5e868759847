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

    public StreamHarness(PublishPolicy policy, BatchLimits? limits = null, BatchQuota? quota = null)
    {
        _rules = new PublishRules(policy, Log, new DuplicateWindow(TimeSpan.FromMinutes(2)));
        var judge = new BatchRules(Log, _rules);
        _atomic = new AtomicBatches(_rules, judge, limits ?? BatchLimits.Default, quota ?? new BatchQuota(1000), apiLevel: 5);
        _fast = new FastBatches(_rules, judge, limits ?? BatchLimits.Default, quota ?? new BatchQuota(1000), apiLevel: 5);
    }

    public ListLog Log { get; } = new();

    public AtomicBatches Atomic => _atomic;

    public FastBatches Fast => _fast;

    /// <summary>Nanoseconds since 1970.</summary>
    public long Now { get; set; } = 1_700_000_000_000_000_000;

    /// <summary>Why batches were abandoned, with their ids.</summary>
    public List<string> Abandoned { get; } = [];

    /// <summary>Appended messages of fast batches wait to be committed until <see cref="Commit"/>.</summary>
    public bool HoldsCommits { get; set; }

    private List<(string Reply, byte[] Headers, ulong Sequence)> Uncommitted { get; } = [];

    /// <summary>Publishes; the answers in order.</summary>
    /// <param name="headers">Lines, without the empty one.</param>
    /// <param name="fast">Tail of the reply subject of a fast batch, without its suffix.</param>
    public List<string> Publish(string subject, string headers = "", string payload = "", string fast = "")
    {
        byte[] block = headers.Length == 0 ? [] : Utf8($"NATS/1.0\r\n{headers}\r\n\r\n");
        byte[] reply = Utf8(fast.Length == 0 ? "rec.1" : $"rec.1.{fast}.$FI");
        var publication = new Publication(Utf8(subject), block, Utf8(payload));
        FastBatchReading reading = FastBatchRequest.Read(reply, block, out FastBatchRequest request);
        if (reading != FastBatchReading.None) return PublishFast(reading, request, ref publication, Encoding.UTF8.GetString(reply));
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
        foreach ((string reply, byte[] headers, ulong sequence) in Uncommitted) answers.AddRange(OnCommitted(reply, headers, sequence));
        Uncommitted.Clear();
        return answers;
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

    private List<string> PublishFast(FastBatchReading reading, FastBatchRequest request, ref Publication publication, string reply)
    {
        var replies = new List<FastReply>();
        string id = Encoding.UTF8.GetString(request.Id);
        bool append = _fast.Take(reading, request, ref publication, resources: null, Now, replies);
        List<string> answers = [.. replies.Select(item => Write(item, id))];
        if (!append) return answers;
        byte[] headers = publication.Headers.ToArray();
        ulong sequence = Store(new StagedMessage(in publication));
        if (HoldsCommits) Uncommitted.Add((reply, headers, sequence));
        else answers.AddRange(OnCommitted(reply, headers, sequence));
        return answers;
    }

    private List<string> OnCommitted(string reply, byte[] headers, ulong sequence)
    {
        var replies = new List<FastReply>();
        FastBatchRequest.Read(Utf8(reply), headers, out FastBatchRequest request);
        string id = Encoding.UTF8.GetString(request.Id);
        _fast.OnCommitted(request, sequence, replies);
        return [.. replies.Select(item => Write(item, id))];
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
        FastReplyKind.Acknowledge => Acknowledge(reply.Sequence, $",\"batch\":\"{id}\",\"count\":{reply.Number}"),
        FastReplyKind.Duplicate => Acknowledge(reply.Sequence, $",\"duplicate\": true,\"batch\":\"{id}\",\"count\":{reply.Number}"),
        FastReplyKind.Refuse => Error(reply.Error!),
        _ => Encoding.UTF8.GetString(reply.WriteBody()),
    };

    private static string Acknowledge(ulong sequence, string more) => $"{{\"stream\":\"A\",\"seq\":{sequence}{more}}}";

    private static string Error(ApiError error) =>
        $"{{\"error\":{{\"code\":{error.Code},\"err_code\":{error.ErrCode},\"description\":\"{error.Description.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"}},\"stream\":\"A\",\"seq\":0}}";

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
