using Load.Wire;

namespace Load.Workers;

/// <summary>Sequences that a stream has acknowledged: each once, and in the end none missing.</summary>
// Owner: the worker's thread.
internal sealed class SequenceBook(string stream)
{
    private ulong[] _seen = new ulong[16];
    private long _count;
    private long _highest;

    /// <exception cref="InvalidRunException">The sequence was acknowledged before, or is none.</exception>
    internal void Take(long sequence)
    {
        if (sequence <= 0) throw new InvalidRunException($"{stream} acknowledged sequence {sequence}");
        int word = (int)(sequence >> 6);
        if (word >= _seen.Length) Array.Resize(ref _seen, Math.Max(word + 1, _seen.Length * 2));
        ulong bit = 1UL << (int)(sequence & 63);
        if ((_seen[word] & bit) != 0) throw new InvalidRunException($"{stream} acknowledged sequence {sequence} twice");
        _seen[word] |= bit;
        _count++;
        _highest = Math.Max(_highest, sequence);
    }

    /// <summary>Everything published was acknowledged: then the sequences have no gap.</summary>
    internal void CheckWhole()
    {
        if (_highest != _count) throw new InvalidRunException($"{stream} acknowledged {_count} messages, the last as sequence {_highest}");
    }
}
