using System.Buffers;
using System.Numerics;

namespace DotNats.Storage;

/// <summary>The number of the subject of each message of a block, by sequence: what messages are counted by without reading them.</summary>
/// <remarks>Numbers are those of the log's <see cref="SubjectIndex"/>; as many bytes for each as the greatest needs, none where all are the same.</remarks>
// Owner: its block, under the log's gate. Immutable. Invariant: for every sequence from First to Last that has a message, the number of its subject; what stands where
// there is none says nothing.
internal sealed class SubjectNumbers
{
    private readonly uint _only;
    private readonly byte[]? _bytes;
    private readonly ushort[]? _shorts;
    private readonly uint[]? _words;

    private SubjectNumbers(ulong first, ReadOnlySpan<uint> numbers)
    {
        (First, Last) = (first, first + (ulong)numbers.Length - 1);
        _only = numbers[0];
        uint most = 0;
        bool isOne = true;
        foreach (uint number in numbers)
        {
            most = Math.Max(most, number);
            isOne &= number == _only;
        }

        if (isOne) return;
        if (most > ushort.MaxValue) _words = numbers.ToArray();
        else if (most > byte.MaxValue) CopyTo(numbers, _shorts = new ushort[numbers.Length]);
        else CopyTo(numbers, _bytes = new byte[numbers.Length]);
    }

    public ulong First { get; }

    public ulong Last { get; }

    public long HeldBytes => 64 + (_words?.Length * 4L ?? _shorts?.Length * 2L ?? _bytes?.Length ?? 0);

    /// <summary>Those of messages at ascending sequences; null where so many sequences between have none that it is not worth it.</summary>
    /// <param name="before">What they go on from, up to the sequence before the first; null where they are the first of their block.</param>
    public static SubjectNumbers? Of(SubjectNumbers? before, RecordIndex index, ReadOnlySpan<uint> numbers)
    {
        if (numbers.Length == 0) return before;
        ulong first = before?.First ?? index.SequenceAt(0);
        ulong count = index.SequenceAt(numbers.Length - 1) - first + 1;
        ulong messages = (ulong)numbers.Length + (before is null ? 0 : before.Last - before.First + 1);
        if (!IsWorthIt(count, messages)) return null;
        uint[] spread = ArrayPool<uint>.Shared.Rent((int)count);
        try
        {
            Span<uint> target = spread.AsSpan(0, (int)count);
            target.Clear();
            before?.CopyTo(target);
            for (int i = 0; i < numbers.Length; i++) target[(int)(index.SequenceAt(i) - first)] = numbers[i];
            return new SubjectNumbers(first, target);
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(spread);
        }
    }

    /// <summary>Sequences that have a message lie close enough together.</summary>
    public static bool IsWorthIt(RecordIndex index) => index.Count > 0 && IsWorthIt(index.LastSequence - index.FirstSequence + 1, (ulong)index.Count);

    private static bool IsWorthIt(ulong sequences, ulong messages) => sequences <= 2 * messages + 64;

    /// <summary>How many from one sequence to another are in a set. Messages that are deleted are counted too.</summary>
    public ulong Count(SubjectSet set, ulong from, ulong to)
    {
        (int at, int length) = ((int)(from - First), (int)(to - from) + 1);
        if (_words is not null) return CountWords(set, _words.AsSpan(at, length));
        if (_shorts is not null) return Count<ushort>(set, _shorts.AsSpan(at, length));
        if (_bytes is not null) return Count<byte>(set, _bytes.AsSpan(at, length));
        return set.Contains(_only) ? (ulong)length : 0;
    }

    private static void CopyTo<T>(ReadOnlySpan<uint> numbers, T[] target)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(numbers[i]);
    }

    private void CopyTo(Span<uint> target)
    {
        int length = (int)(Last - First) + 1;
        for (int i = 0; i < length; i++) target[i] = _words?[i] ?? _shorts?[i] ?? _bytes?[i] ?? _only;
    }

    private static ulong CountWords(SubjectSet set, ReadOnlySpan<uint> numbers)
    {
        if (set.Count == 1) return (ulong)numbers.Count(set.Last);
        ReadOnlySpan<ulong> bits = set.Words;
        // Four at a time, none of which waits for another: a quarter less than two.
        (ulong first, ulong second, ulong third, ulong fourth) = (0, 0, 0, 0);
        for (; numbers.Length >= 4; numbers = numbers[4..])
        {
            first += Bit(bits, numbers[0]);
            second += Bit(bits, numbers[1]);
            third += Bit(bits, numbers[2]);
            fourth += Bit(bits, numbers[3]);
        }

        foreach (uint number in numbers) first += Bit(bits, number);
        return first + second + third + fourth;
    }

    private static ulong Count<T>(SubjectSet set, ReadOnlySpan<T> numbers)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (set.Count == 1) return set.Last > uint.CreateTruncating(T.AllBitsSet) ? 0 : (ulong)numbers.Count(T.CreateTruncating(set.Last));
        ReadOnlySpan<ulong> bits = set.Words;
        ulong count = 0;
        foreach (T number in numbers) count += Bit(bits, uint.CreateTruncating(number));
        return count;
    }

    private static ulong Bit(ReadOnlySpan<ulong> bits, uint number)
    {
        int word = (int)(number >> 6);
        return word < bits.Length ? bits[word] >> (int)(number & 63) & 1 : 0;
    }
}
