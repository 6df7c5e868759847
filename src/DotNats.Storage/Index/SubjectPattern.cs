using DotNats.Primitives;

namespace DotNats.Storage;

/// <summary>A filter that is followed byte by byte: where in it a subject has arrived after some of its bytes.</summary>
// Owner: one SubjectWalk. Invariant: decides as Subjects.Matches does for subjects without an empty token.
internal sealed class SubjectPattern
{
    /// <summary>No subject that starts so matches.</summary>
    public const int Nowhere = -1;

    /// <summary>Every longer subject matches.</summary>
    public const int Everything = int.MaxValue;

    public const int AnyKey = -1;

    public const int NoKey = -2;

    private byte[] _filter = [];
    private bool[] _isStar = [];
    private int _length;

    /// <summary>Also subjects with an empty token are asked for.</summary>
    public bool TakesIrregular { get; private set; }

    /// <summary>Takes a copy of a filter (empty for all) and returns where every subject starts.</summary>
    public int Set(ReadOnlySpan<byte> filter)
    {
        if (_filter.Length < filter.Length) _filter = new byte[Math.Max(64, filter.Length)];
        if (_isStar.Length < filter.Length) _isStar = new bool[_filter.Length];
        filter.CopyTo(_filter);
        _length = filter.Length;
        for (int i = 0; i < _length; i++) _isStar[i] = IsStar(i);
        TakesIrregular = filter.IsEmpty;
        return filter.IsEmpty ? Everything : Arrive(0);
    }

    public int Advance(int at, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && at is not (Nowhere or Everything))
        {
            int next = at < _length && _isStar[at] ? bytes.IndexOf((byte)'.') : 0;
            if (next < 0) return at;
            at = Advance(at, bytes[next]);
            bytes = bytes[(next + 1)..];
        }

        return at;
    }

    public int Advance(int at, byte value)
    {
        if (at is Nowhere or Everything) return at;
        if (at == _length) return Nowhere;
        if (_isStar[at])
        {
            if (value != (byte)'.') return at;
            return at + 1 == _length ? Nowhere : Arrive(at + 2);
        }

        return value == _filter[at] ? Arrive(at + 1) : Nowhere;
    }

    /// <summary>Whether a subject that ends here matches.</summary>
    public bool IsEnd(int at) => at == Everything || at == _length || (at == _length - 1 && _isStar[at]);

    /// <summary>The one byte that leads on, or <see cref="AnyKey"/> or <see cref="NoKey"/>.</summary>
    public int KeyAt(int at)
    {
        if (at == _length) return NoKey;
        return at == Everything || _isStar[at] ? AnyKey : _filter[at];
    }

    private int Arrive(int at) => at == _length - 1 && _filter[at] == (byte)'>' && (at == 0 || _filter[at - 1] == (byte)'.') ? Everything : at;

    private bool IsStar(int at) =>
        _filter[at] == (byte)'*' && (at == 0 || _filter[at - 1] == (byte)'.') && (at + 1 == _length || _filter[at + 1] == (byte)'.');
}
