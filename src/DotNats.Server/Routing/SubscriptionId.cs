using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace DotNats.Server.Routing;

/// <summary>The sid a client chose: any token. Up to seven bytes live in the value itself, which is nearly always.</summary>
internal readonly struct SubscriptionId : IEquatable<SubscriptionId>
{
    private const int MaxInlineBytes = 7;

    // Low bytes: the text; top byte: its length. With a long text: its hash.
    private readonly ulong _inline;
    private readonly byte[]? _text;

    public SubscriptionId(ReadOnlySpan<byte> text)
    {
        if (text.Length <= MaxInlineBytes)
        {
            ulong value = 0;
            for (int i = 0; i < text.Length; i++) value |= (ulong)text[i] << (8 * i);
            _inline = value | ((ulong)text.Length << 56);
        }
        else
        {
            var hash = default(HashCode);
            hash.AddBytes(text);
            _inline = (uint)hash.ToHashCode();
            _text = text.ToArray();
        }
    }

    public int Length => _text?.Length ?? (int)(_inline >> 56);

    /// <summary>Copies the text; <paramref name="destination"/> must have eight bytes of room or <see cref="Length"/>, whichever is more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CopyTo(Span<byte> destination)
    {
        if (_text is { } text)
        {
            text.CopyTo(destination);
            return text.Length;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(destination, _inline);
        return (int)(_inline >> 56);
    }

    public bool Equals(SubscriptionId other) =>
        _inline == other._inline && (ReferenceEquals(_text, other._text) || (_text is not null && other._text is not null && _text.AsSpan().SequenceEqual(other._text)));

    public override bool Equals(object? obj) => obj is SubscriptionId other && Equals(other);

    // A sid is mostly a counter in decimal digits: spread the text's bytes over the low bits.
    public override int GetHashCode() => (int)((_inline * 0x9E3779B97F4A7C15UL) >> 32);

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[Math.Max(8, Length)];
        return Encoding.UTF8.GetString(text[..CopyTo(text)]);
    }
}
