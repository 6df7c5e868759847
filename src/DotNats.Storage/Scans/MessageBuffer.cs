namespace DotNats.Storage;

/// <summary>One message read from a log: made once by its reader, filled again and again.</summary>
/// <remarks>
/// Who reads on is given what follows from here: a file log puts in some messages at once, twice as many each time they were all wanted. They are shown one by one,
/// as long as nothing was removed from the log meanwhile.
/// </remarks>
// Owner: the reader. Lifetime: spans are valid until the next read into the same buffer.
// Invariant: subject, headers, payload and CR LF lie one behind the other, so that what goes to clients needs no copy. While _removals is the log's number, the
// messages here are all from _from to the last of them that _filters match.
public sealed class MessageBuffer
{
    private const int MostMessages = 64;
    private const int MostBytes = 32 * 1024;

    // No log has removed less than nothing.
    private const long Unknown = -1;

    private byte[] _bytes = [];
    private int _used;
    private Place[] _places = new Place[1];
    private int _count;
    private int _shown;
    private int _wanted = 1;
    private object? _log;
    private SubjectFilters? _filters;
    private ulong _from;
    private long _removals = Unknown;

    public ulong Sequence => _places[_shown].Sequence;

    /// <summary>Nanoseconds since 1970.</summary>
    public long Timestamp => _places[_shown].Timestamp;

    public ReadOnlySpan<byte> Subject => _bytes.AsSpan(_places[_shown].Start, _places[_shown].Subject);

    /// <summary>Whole header block; empty for none.</summary>
    public ReadOnlySpan<byte> Headers => _bytes.AsSpan(_places[_shown].HeadersAt, _places[_shown].Headers);

    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(_places[_shown].HeadersAt + _places[_shown].Headers, _places[_shown].Payload);

    /// <summary>Header block, payload and CR LF: as a message is sent.</summary>
    public ReadOnlySpan<byte> Body => _bytes.AsSpan(_places[_shown].HeadersAt, _count == 0 ? 0 : _places[_shown].Headers + _places[_shown].Payload + 2);

    /// <summary>Those that follow may be put in too.</summary>
    internal bool WantsMore => _count < _wanted && _used < MostBytes;

    /// <summary>Takes a copy of a message.</summary>
    public void Set(ulong sequence, long timestamp, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        _log = null;
        Begin(Unknown);
        Add(sequence, timestamp, subject, headers, payload);
    }

    /// <summary>Shows the first message from a sequence on that the filters match, where it is here. Otherwise it is to be read, with those behind it.</summary>
    /// <param name="removals">As the log counts them.</param>
    internal bool TryGoOn(object log, SubjectFilters? filters, ulong from, long removals)
    {
        bool isSame = ReferenceEquals(log, _log) && ReferenceEquals(filters, _filters);
        bool isValid = isSame && removals == _removals;
        if (isValid && TryShow(from)) return true;
        // Who had all of them, and goes on behind them, will have more. What is out of date soon is not worth reading.
        if (isSame && _count > 0 && from == _places[_count - 1].Sequence + 1) _wanted = Math.Min(MostMessages, 2 * _wanted);
        else _wanted = isSame && !isValid ? Math.Max(1, _shown) : 1;
        (_log, _filters, _from, _removals) = (log, filters, from, Unknown);
        return false;
    }

    /// <summary>Other messages follow.</summary>
    internal void Begin(long removals) => (_removals, _used, _count, _shown) = (removals, 0, 0, 0);

    /// <summary>Puts a message behind the others.</summary>
    internal void Add(ulong sequence, long timestamp, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        int start = _used;
        int length = subject.Length + headers.Length + payload.Length + 2;
        if (_bytes.Length - start < length) Grow(start + length);
        if (_count == _places.Length) Array.Resize(ref _places, 2 * _count);
        Span<byte> target = _bytes.AsSpan(start, length);
        subject.CopyTo(target);
        headers.CopyTo(target[subject.Length..]);
        payload.CopyTo(target[(subject.Length + headers.Length)..]);
        "\r\n"u8.CopyTo(target[^2..]);
        _places[_count++] = new Place(sequence, timestamp, start, subject.Length, headers.Length, payload.Length);
        _used = start + length;
    }

    private bool TryShow(ulong from)
    {
        if (from < _from || _count == 0) return false;
        int at = _shown;
        while (at < _count && _places[at].Sequence < from) at++;
        if (at == _count || (at == _shown && at > 0 && from <= _places[at - 1].Sequence)) return false;
        _shown = at;
        return true;
    }

    private void Grow(int needed)
    {
        byte[] more = GC.AllocateUninitializedArray<byte>(Math.Max(needed, Math.Min(2 * _bytes.Length, Array.MaxLength)));
        _bytes.AsSpan(0, _used).CopyTo(more);
        _bytes = more;
    }

    /// <summary>One message: where it begins and how long its parts are.</summary>
    private readonly record struct Place(ulong Sequence, long Timestamp, int Start, int Subject, int Headers, int Payload)
    {
        public int HeadersAt => Start + Subject;
    }
}
