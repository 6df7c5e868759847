namespace DotNats.Security;

/// <summary>Finds the tokens of one subject by their index, cheaply when they are asked for in order.</summary>
internal ref struct TokenCursor
{
    private readonly ReadOnlySpan<byte> _subject;
    private int _index;
    private int _start;

    /// <param name="index">A token whose place is known.</param>
    /// <param name="start">Where it starts in a subject that is long enough.</param>
    public TokenCursor(ReadOnlySpan<byte> subject, int index, int start)
    {
        _subject = subject;
        if (start >= subject.Length)
            return;
        _index = index;
        _start = start;
    }

    /// <summary>Empty where the subject has fewer tokens.</summary>
    public ReadOnlySpan<byte> Token(int index)
    {
        ReadOnlySpan<byte> rest = From(index);
        int end = rest.IndexOf((byte)'.');
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>The token and everything behind it.</summary>
    public ReadOnlySpan<byte> From(int index)
    {
        if (index < _index)
            _index = _start = 0;
        while (_index < index)
        {
            int length = _subject[_start..].IndexOf((byte)'.');
            if (length < 0)
                return default;
            _start += length + 1;
            _index++;
        }

        return _subject[_start..];
    }
}

/// <summary>Puts a subject together in room that is given; what does not fit is noted, never written beyond.</summary>
internal ref struct SubjectWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    public int Length { get; private set; }

    public bool Overflowed { get; private set; }

    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(_room[Length..]))
            Overflowed = true;
        else
            Length += bytes.Length;
    }

    public void Append(byte value) => Append([value]);

    /// <summary>The number in decimal.</summary>
    public void Append(uint number)
    {
        Span<byte> digits = stackalloc byte[DotNats.Primitives.ByteFormat.MaxUInt64Digits];
        Append(digits[..DotNats.Primitives.ByteFormat.WriteUInt64(digits, number)]);
    }
}
