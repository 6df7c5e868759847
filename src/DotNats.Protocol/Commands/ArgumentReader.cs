namespace DotNats.Protocol;

/// <summary>Walks the arguments of a control line, separated by one or more blanks.</summary>
public ref struct ArgumentReader
{
    private ReadOnlySpan<byte> _rest;
    private readonly bool _splitAtLineEnds;

    /// <param name="arguments">The control line after its verb.</param>
    /// <param name="splitAtLineEnds">Compat: SUB and UNSUB also split at stray CR and LF, PUB and HPUB keep them in the argument.</param>
    public ArgumentReader(ReadOnlySpan<byte> arguments, bool splitAtLineEnds)
    {
        _rest = arguments;
        _splitAtLineEnds = splitAtLineEnds;
    }

    /// <summary>The next argument; empty after the last.</summary>
    public ReadOnlySpan<byte> Next()
    {
        int start = 0;
        while (start < _rest.Length && IsSeparator(_rest[start])) start++;
        int end = start;
        while (end < _rest.Length && !IsSeparator(_rest[end])) end++;
        ReadOnlySpan<byte> token = _rest[start..end];
        _rest = _rest[end..];
        return token;
    }

    /// <summary>Arguments not yet read; reads none of them.</summary>
    public readonly int Count()
    {
        ArgumentReader copy = this;
        int count = 0;
        while (!copy.Next().IsEmpty) count++;
        return count;
    }

    private readonly bool IsSeparator(byte value) =>
        value is (byte)' ' or (byte)'\t' || (_splitAtLineEnds && value is (byte)'\r' or (byte)'\n');
}
