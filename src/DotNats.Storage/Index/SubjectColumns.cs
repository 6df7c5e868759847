using System.Runtime.Intrinsics;

namespace DotNats.Storage;

/// <summary>
/// The tokens of a log's subjects as columns of small numbers, one for each place: a filter with wildcards is a few comparisons of columns, whatever it leaves out,
/// where the tree would be gone through branch by branch.
/// </summary>
/// <remarks>A million subjects take a fifth of a millisecond for each token that is compared. About ten bytes for each subject, and 30 for each distinct token.</remarks>
// Owner: one SubjectIndex. Invariant: for each subject that was added, the number of its tokens and, of the first ones, which they are.
internal sealed class SubjectColumns
{
    /// <summary>So many of a subject's tokens are known; filters with more ask the tree.</summary>
    public const int MostTokens = 32;

    private readonly List<TokenColumn> _columns = [];
    private readonly List<TokenTable> _tables = [];

    // Number of tokens, one more than are known where there are more than that; 0 where there is no subject or one that no filter with tokens matches.
    private readonly GrowingArray<byte> _lengths = new();
    private int _count;

    public long HeldBytes
    {
        get
        {
            long sum = _lengths.HeldBytes;
            for (int i = 0; i < _columns.Count; i++) sum += _columns[i].HeldBytes + _tables[i].HeldBytes;
            return sum;
        }
    }

    /// <summary>Adds a subject without empty tokens; nothing happens where it is in already.</summary>
    public void Add(uint number, ReadOnlySpan<byte> subject)
    {
        _lengths.MakeRoom(number);
        ref byte length = ref _lengths[number];
        if (length != 0) return;
        _count++;
        while (length < MostTokens)
        {
            int end = subject.IndexOf((byte)'.');
            if (length == _columns.Count) AddColumn();
            _columns[length].Set(number, _tables[length].Take(TokenName.Of(end < 0 ? subject : subject[..end])));
            length++;
            if (end < 0) return;
            subject = subject[(end + 1)..];
        }

        length++;
    }

    /// <summary>Takes a subject out; nothing happens where it is not in.</summary>
    public void Remove(uint number)
    {
        if (number >> GrowingArray<byte>.PageLog2 is var page && number % GrowingArray<byte>.PageSize >= _lengths.Page((int)page).Length) return;
        ref byte length = ref _lengths[number];
        if (length == 0) return;
        _count--;
        for (int i = Math.Min((int)length, MostTokens) - 1; i >= 0; i--) _tables[i].Release(_columns[i][number]);
        length = 0;
    }

    /// <summary>Adds the subjects that a filter matches to a set; false for a filter with more tokens than are known.</summary>
    public bool TryMatch(ReadOnlySpan<byte> filter, SubjectSet target)
    {
        Span<Condition> conditions = stackalloc Condition[MostTokens];
        if (!TryRead(filter, conditions, out int count, out int length, out bool isOpen)) return false;
        if (count < 0) return true;
        Span<ulong> bits = stackalloc ulong[SubjectSet.WordsOfPage];
        for (int page = 0; _lengths.Page(page) is { IsEmpty: false } lengths; page++)
        {
            bits.Clear();
            KeepLengths(lengths, (byte)length, isOpen, bits);
            for (int i = 0; i < count && bits.ContainsAnyExcept(0UL); i++) _columns[conditions[i].Place].Keep(page, conditions[i].Number, bits);
            target.AddPage(page, bits);
        }

        return true;
    }

    // A count below zero: nothing matches.
    private bool TryRead(ReadOnlySpan<byte> filter, Span<Condition> conditions, out int count, out int length, out bool isOpen)
    {
        (count, length, isOpen) = (0, 0, false);
        while (true)
        {
            int end = filter.IndexOf((byte)'.');
            ReadOnlySpan<byte> token = end < 0 ? filter : filter[..end];
            if (end < 0 && token is [(byte)'>'])
            {
                (isOpen, length) = (true, length + 1);
                return true;
            }

            if (length == MostTokens) return false;
            if (count >= 0 && token is not [(byte)'*']) Require(token, length, conditions, ref count);
            length++;
            if (end < 0) return true;
            filter = filter[(end + 1)..];
        }
    }

    private void Require(ReadOnlySpan<byte> token, int place, Span<Condition> conditions, ref int count)
    {
        uint number = place < _tables.Count ? _tables[place].Find(TokenName.Of(token)) : 0;
        if (number == 0)
        {
            count = -1;
            return;
        }

        // What all have need not be compared; what fewest have first.
        int uses = _tables[place].UsesOf(number);
        if (uses == _count) return;
        conditions[count++] = new Condition(place, number, uses);
        if (conditions[0].Uses > uses) (conditions[0], conditions[count - 1]) = (conditions[count - 1], conditions[0]);
    }

    private static void KeepLengths(ReadOnlySpan<byte> lengths, byte length, bool isOpen, Span<ulong> bits)
    {
        Vector128<byte> wanted = Vector128.Create(length);
        int at = 0;
        for (; at + Vector128<byte>.Count <= lengths.Length; at += Vector128<byte>.Count)
        {
            Vector128<byte> some = Vector128.Create(lengths[at..]);
            ulong found = (isOpen ? Vector128.GreaterThanOrEqual(some, wanted) : Vector128.Equals(some, wanted)).ExtractMostSignificantBits();
            bits[at >> 6] |= found << (at & 63);
        }

        for (; at < lengths.Length; at++)
        {
            if (isOpen ? lengths[at] >= length : lengths[at] == length) bits[at >> 6] |= 1UL << (at & 63);
        }
    }

    private void AddColumn()
    {
        _columns.Add(new TokenColumn());
        _tables.Add(new TokenTable());
    }

    /// <summary>A token that a filter has at one place.</summary>
    private readonly record struct Condition(int Place, uint Number, int Uses);
}
