using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing;

/// <summary>Room in which rules change a message and look at stored ones.</summary>
// Owner: the rules of one stream. Lifetime: what is in it is good until the next message is checked. Invariant: one message at a time.
internal sealed class RuleScratch
{
    private byte[] _payload = [];

    /// <summary>For one stored message.</summary>
    public MessageBuffer Buffer { get; } = new();

    private HeaderEditor Editor { get; } = new();

    /// <summary>Takes a header out of a publication's block.</summary>
    public void Remove(ref Publication publication, scoped ReadOnlySpan<byte> name) => publication.Headers = Editor.Load(publication.Headers).Remove(name).Block;

    /// <summary>Adds a header to a publication's block.</summary>
    public void Add(ref Publication publication, scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) =>
        publication.Headers = Editor.Load(publication.Headers).Add(name, value).Block;

    /// <summary>Gives a header of a publication's block another value.</summary>
    public void Set(ref Publication publication, scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value) =>
        publication.Headers = Editor.Load(publication.Headers).Set(name, value).Block;

    /// <summary>Room for a payload of that length.</summary>
    public Span<byte> Payload(int length)
    {
        if (_payload.Length < length) _payload = new byte[length];
        return _payload.AsSpan(0, length);
    }
}
