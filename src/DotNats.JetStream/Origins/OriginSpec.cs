using System.Text;
using DotNats.JetStream.Streams;
using DotNats.Server.SystemAccount;

namespace DotNats.JetStream.Origins;

/// <summary>One stream that another one copies, as its configuration says: under which names, what of it, as what.</summary>
// Owner: the copying stream's runner; immutable but for the room of its transforms.
internal sealed class OriginSpec
{
    private readonly StreamTransform?[] _transforms;
    private readonly byte[] _headerStart;
    private readonly byte[] _headerMiddle;

    public OriginSpec(StreamSource source, bool isMirror, StreamIdentification owner, IReadOnlyList<StreamSource?> all)
    {
        (Source, IsMirror) = (source, isMirror);
        IndexName = IndexNameOf(source);
        string[] parts = IndexName.Split(' ');
        _headerStart = Encoding.UTF8.GetBytes(parts[0] + " ");
        _headerMiddle = Encoding.UTF8.GetBytes($" {parts[1]} {parts[2]} ");
        // A transform without a destination only filters.
        _transforms = [.. source.SubjectTransforms.Select(static transform => transform.Destination.Length == 0 ? null : StreamTransform.Of(transform.Source, transform.Destination))];
        ConsumerName = isMirror ? $"JS_MIRROR_{owner.Hash}" : $"JS_SRC_{SourceHash(owner, all)}";
        Owner = owner;
    }

    public StreamSource Source { get; }

    public bool IsMirror { get; }

    /// <summary>Who copies.</summary>
    public StreamIdentification Owner { get; }

    public string Name => Source.Name;

    /// <summary>Tells it from other sources of the same stream: name, filters, destinations.</summary>
    public string IndexName { get; }

    /// <summary>Of the consumer that sends its messages, where the origin does not have one for it.</summary>
    public string ConsumerName { get; }

    /// <summary>A consumer that is there already, and must stay; null where one is made.</summary>
    public SourceConsumer? Durable => Source.Consumer;

    /// <summary>What a header says before the sequence.</summary>
    public ReadOnlySpan<byte> HeaderStart => _headerStart;

    /// <summary>What it says behind it.</summary>
    public ReadOnlySpan<byte> HeaderMiddle => _headerMiddle;

    /// <summary>The index name of a source.</summary>
    // Compat: several filters stand with form feeds between them.
    public static string IndexNameOf(StreamSource source)
    {
        string name = source.Name;
        if (source.External is { } external) name += ":" + ServerHash.Of(external.ApiPrefix);
        if (source.Consumer is { } consumer) name += ":C=" + ServerHash.Of(consumer.Name);
        if (source.SubjectTransforms.Count == 0) return $"{name} {OrAll(source.FilterSubject)} >";
        string filters = string.Join('\f', source.SubjectTransforms.Select(static transform => OrAll(transform.Source)));
        string destinations = string.Join('\f', source.SubjectTransforms.Select(static transform => OrAll(transform.Destination)));
        return $"{name} {filters} {destinations}";
    }

    /// <summary>Whether a header of a message is about this source.</summary>
    public bool IsMeant(in SourceHeader header)
    {
        if (header.IndexName.Length > 0) return header.IndexName == IndexName;
        return header.Stream == Name || (Source.External is { } external && header.Stream == $"{Name}:{ServerHash.Of(external.ApiPrefix)}");
    }

    /// <summary>What a subject is stored as; itself where no transform is about it. Valid until the next one.</summary>
    public ReadOnlySpan<byte> SubjectOf(ReadOnlySpan<byte> subject)
    {
        foreach (StreamTransform? transform in _transforms)
        {
            if (transform is not null && transform.TryApply(subject, out ReadOnlySpan<byte> made)) return made;
        }

        return subject;
    }

    // Compat: a stream that is named twice needs more than its name to tell its consumers apart.
    private string SourceHash(StreamIdentification owner, IReadOnlyList<StreamSource?> all) =>
        ServerHash.Of(all.Count(other => other?.Name == Name) > 1 ? $"{owner.Hash} {IndexName}" : owner.Hash);

    private static string OrAll(string subject) => subject.Length == 0 ? ">" : subject;
}

/// <summary>Who copies: a stream, its account and its domain.</summary>
internal sealed record StreamIdentification(string Stream, string Account, string? Domain)
{
    /// <summary>All of it, as consumers' names are derived from it.</summary>
    public string Text => Domain is null ? $"{Stream} {Account}" : $"{Stream} {Account} {Domain}";

    public string Hash => ServerHash.Of(Text);
}
