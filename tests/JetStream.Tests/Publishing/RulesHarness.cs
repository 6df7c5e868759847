using System.Text;
using DotNats.JetStream.Publishing;
using DotNats.Storage;

namespace JetStream.Tests.Publishing;

/// <summary>One stream's rules over a list: publishes as a runner does and says what became of it in one line.</summary>
internal sealed class RulesHarness
{
    public RulesHarness(PublishPolicy? policy = null, TimeSpan? window = null)
    {
        Ids = new DuplicateWindow(window ?? TimeSpan.FromMinutes(2));
        Rules = new PublishRules(policy ?? new PublishPolicy { Name = "S" }, Log, Ids);
    }

    public ListLog Log { get; } = new();

    public DuplicateWindow Ids { get; }

    public PublishRules Rules { get; private set; }

    public PublishPolicy Policy
    {
        get => Rules.Policy;
        set => Rules.Policy = value;
    }

    /// <summary>Nanoseconds since 1970.</summary>
    public long Now { get; set; } = 1_700_000_000_000_000_000;

    /// <summary>The stream is opened again: what was not stored is forgotten.</summary>
    public void Reopen()
    {
        Ids.Clear();
        Rules = new PublishRules(Rules.Policy, Log, Ids);
    }

    /// <summary>Publishes; "1" for stored as sequence 1, "1 duplicate", or the error with its number and text.</summary>
    public string Publish(string subject, string headers = "", string payload = "", PublishOrigin origin = PublishOrigin.Publisher)
    {
        var publication = new Publication(Utf8(subject), Block(headers), Utf8(payload), origin);
        PublishVerdict verdict = Rules.Check(ref publication, Now);
        if (verdict.IsStore) verdict = Rules.CheckRoom(ref publication);
        if (!verdict.IsStore) return Describe(verdict);
        ulong sequence = Log.Append(new NewMessage
        {
            Timestamp = Now, Subject = publication.Subject, Headers = publication.Headers, Payload = publication.Payload,
        }).Sequence;
        Rules.OnStored(in publication, sequence, Now);
        if (publication.Rollup == Rollup.Subject) Log.Purge(publication.Subject, 0, 1);
        if (publication.Rollup == Rollup.All) Log.Purge(default, 0, 1);
        if (!publication.FinishedSchedule.IsEmpty) Log.Purge(publication.FinishedSchedule, 0, 0);
        return sequence.ToString();
    }

    public static string Describe(PublishVerdict verdict) =>
        verdict.Error is { } error ? $"{error.ErrCode} {error.Description}" : $"{verdict.Sequence} duplicate";

    /// <summary>A block of lines that are separated by <c>|</c>.</summary>
    public static byte[] Block(string headers) => headers.Length == 0 ? [] : Utf8($"NATS/1.0\r\n{headers.Replace("|", "\r\n")}\r\n\r\n");

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
