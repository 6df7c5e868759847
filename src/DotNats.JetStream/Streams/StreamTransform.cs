using System.Text;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.JetStream.Streams;

/// <summary>A transform as one stream applies it, with room of its own.</summary>
// Owner: the stream's runner. Lifetime: what it makes is valid until the next subject.
internal sealed class StreamTransform
{
    private readonly SubjectTransform _transform;
    private readonly byte[] _source;
    private readonly SpreadRandom _random = new((ulong)Random.Shared.NextInt64());
    private byte[] _made = [];

    private StreamTransform(SubjectTransform transform)
    {
        _transform = transform;
        _source = Encoding.UTF8.GetBytes(transform.Source);
    }

    /// <summary>Null for what transforms nothing. The configuration was validated.</summary>
    public static StreamTransform? Of(string source, string destination) =>
        SubjectTransform.TryCreate(source, destination, strict: false, out SubjectTransform? transform, out _) && transform is not null
            ? new StreamTransform(transform)
            : null;

    /// <summary>What a subject becomes; false where it is none of those transformed, or becomes too long.</summary>
    public bool TryApply(ReadOnlySpan<byte> subject, out ReadOnlySpan<byte> made)
    {
        made = default;
        if (!Subjects.Matches(subject, _source)) return false;
        // Compat: what was published with a wildcard as a token stays as it is.
        if (Subjects.HasWildcards(subject)) return false;
        int room = _transform.RoomFor(subject.Length);
        if (_made.Length < room) _made = new byte[room];
        if (!_transform.TryApply(subject, _made, _random, out int written)) return false;
        made = _made.AsSpan(0, written);
        return true;
    }
}
