using System.Numerics;

namespace DotNats.Storage;

/// <summary>Sequences of one block that have no message: a few runs, or a bit for each where they are many.</summary>
// Owner: its block; guarded by the log's gate. Invariant: runs ascend and never touch; with bits there are no runs.
internal sealed class SequenceSet
{
    // Beyond this many runs a bit for each sequence is smaller, as long as they lie close: 512 KiB of bits at most.
    private const int MaxRunsBeforeBits = 128;
    private const ulong MaxBits = 1 << 22;

    private Run[] _runs = [];
    private int _runCount;
    private ulong[]? _bits;
    private ulong _base;

    /// <summary>Number of sequences in it.</summary>
    public ulong Count { get; private set; }

    public bool Contains(ulong sequence)
    {
        if (_bits is not null) return IsSet(sequence);
        int at = FindRun(sequence);
        return at < _runCount && _runs[at].First <= sequence;
    }

    /// <summary>Adds a sequence; false where it is in already.</summary>
    public bool Add(ulong sequence)
    {
        if (Contains(sequence)) return false;
        AddRange(sequence, sequence);
        return true;
    }

    /// <summary>Adds all sequences from one to another.</summary>
    public void AddRange(ulong first, ulong last)
    {
        if (_bits is not null && !Covers(first, last)) ToRuns();
        if (_bits is not null)
        {
            for (ulong sequence = first; sequence <= last; sequence++) SetBit(sequence);
            return;
        }

        AddRun(first, last);
        if (_runCount > MaxRunsBeforeBits) ToBits();
    }

    /// <summary>The first sequence from one on that is not in the set.</summary>
    public ulong NextAbsent(ulong from)
    {
        if (_bits is null)
        {
            int at = FindRun(from);
            return at < _runCount && _runs[at].First <= from ? _runs[at].Last + 1 : from;
        }

        if (from < _base) return from;
        ulong bit = from - _base;
        for (ulong word = bit >> 6; word < (ulong)_bits.Length; word++)
        {
            ulong free = ~_bits[word];
            if (word == bit >> 6) free &= ulong.MaxValue << (int)(bit & 63);
            if (free != 0) return _base + (word << 6) + (ulong)BitOperations.TrailingZeroCount(free);
        }

        return Math.Max(from, _base + ((ulong)_bits.Length << 6));
    }

    /// <summary>The last sequence up to one that is not in the set; 0 where there is none.</summary>
    public ulong PreviousAbsent(ulong from)
    {
        while (from > 0 && Contains(from))
        {
            from = _bits is null ? _runs[FindRun(from)].First - 1 : from - 1;
        }

        return from;
    }

    /// <summary>The run of sequences in the set that starts at the first one from a place on; false where there is none.</summary>
    public bool TryNextRun(ulong from, out ulong first, out ulong last)
    {
        first = last = 0;
        if (_bits is null)
        {
            int at = FindRun(from);
            if (at == _runCount) return false;
            (first, last) = (Math.Max(from, _runs[at].First), _runs[at].Last);
            return true;
        }

        if (!TryNextBit(from, out first)) return false;
        last = NextAbsent(first) - 1;
        return true;
    }

    /// <summary>Number of sequences in it from one to another.</summary>
    public ulong CountRange(ulong first, ulong last)
    {
        ulong count = 0;
        while (first <= last && TryNextRun(first, out ulong from, out ulong to) && from <= last)
        {
            count += Math.Min(to, last) - from + 1;
            first = to + 1;
        }

        return count;
    }

    /// <summary>Takes out what is below a sequence where that is half of its memory at least: cheap enough to be asked for now and then.</summary>
    public void Trim(ulong sequence)
    {
        if (Count == 0) return;
        bool isWorthIt = _bits is null ? FindRun(sequence) >= (_runCount + 1) / 2 : sequence > _base && (sequence - _base) >> 6 >= (ulong)(_bits.Length + 1) / 2;
        if (isWorthIt) RemoveBelow(sequence);
    }

    /// <summary>Takes out everything below a sequence.</summary>
    public void RemoveBelow(ulong sequence) => Keep(sequence, ulong.MaxValue);

    /// <summary>Takes out everything above a sequence.</summary>
    public void RemoveAbove(ulong sequence) => Keep(0, sequence);

    /// <summary>A set of its own with the same sequences.</summary>
    public SequenceSet Copy() => new()
    {
        _runs = _runs.AsSpan(0, _runCount).ToArray(), _runCount = _runCount, _bits = (ulong[]?)_bits?.Clone(), _base = _base, Count = Count,
    };

    public void Clear()
    {
        (_runs, _runCount, _bits, Count) = ([], 0, null, 0);
    }

    private void Keep(ulong lowest, ulong highest)
    {
        if (Count == 0) return;
        if (_bits is not null) ToRuns();
        int kept = 0;
        Count = 0;
        for (int i = 0; i < _runCount; i++)
        {
            var run = new Run(Math.Max(lowest, _runs[i].First), Math.Min(highest, _runs[i].Last));
            if (run.First > run.Last) continue;
            _runs[kept++] = run;
            Count += run.Last - run.First + 1;
        }

        _runCount = kept;
        if (kept < _runs.Length / 4) Array.Resize(ref _runs, Math.Max(4, 2 * kept));
        if (_runCount > MaxRunsBeforeBits) ToBits();
    }

    // ---- Runs ----

    // The first run that ends at or behind a sequence.
    private int FindRun(ulong sequence)
    {
        int low = 0;
        int high = _runCount;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_runs[middle].Last < sequence) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private void AddRun(ulong first, ulong last)
    {
        int from = FindRun(first == 0 ? 0 : first - 1);
        int to = from;
        while (to < _runCount && _runs[to].First <= last + 1)
        {
            Count -= _runs[to].Last - _runs[to].First + 1;
            first = Math.Min(first, _runs[to].First);
            last = Math.Max(last, _runs[to].Last);
            to++;
        }

        Count += last - first + 1;
        if (from == to)
        {
            if (_runCount == _runs.Length) Array.Resize(ref _runs, Math.Max(4, 2 * _runCount));
            Array.Copy(_runs, from, _runs, from + 1, _runCount - from);
            _runCount++;
        }
        else if (to > from + 1)
        {
            Array.Copy(_runs, to, _runs, from + 1, _runCount - to);
            _runCount -= to - from - 1;
        }

        _runs[from] = new Run(first, last);
    }

    // ---- Bits ----

    private bool Covers(ulong first, ulong last) => first >= _base && last - _base < MaxBits;

    private bool IsSet(ulong sequence)
    {
        if (sequence < _base) return false;
        ulong word = (sequence - _base) >> 6;
        return word < (ulong)_bits!.Length && ((_bits[word] >> (int)((sequence - _base) & 63)) & 1) != 0;
    }

    private void SetBit(ulong sequence)
    {
        ulong word = (sequence - _base) >> 6;
        if (word >= (ulong)_bits!.Length) Array.Resize(ref _bits, (int)Math.Min(MaxBits >> 6, Math.Max(word + 1, 2 * (ulong)_bits.Length)));
        ulong bit = 1UL << (int)((sequence - _base) & 63);
        if ((_bits[word] & bit) != 0) return;
        _bits[word] |= bit;
        Count++;
    }

    private bool TryNextBit(ulong from, out ulong found)
    {
        ulong bit = from <= _base ? 0 : from - _base;
        for (ulong word = bit >> 6; word < (ulong)_bits!.Length; word++)
        {
            ulong set = _bits[word];
            if (word == bit >> 6) set &= ulong.MaxValue << (int)(bit & 63);
            if (set == 0) continue;
            found = _base + (word << 6) + (ulong)BitOperations.TrailingZeroCount(set);
            return true;
        }

        found = 0;
        return false;
    }

    private void ToBits()
    {
        ulong start = _runs[0].First & ~63UL;
        if (_runs[_runCount - 1].Last - start >= MaxBits) return;
        (Run[] runs, int count) = (_runs, _runCount);
        _bits = new ulong[((runs[count - 1].Last - start) >> 6) + 1];
        (_base, _runs, _runCount, Count) = (start, [], 0, 0);
        for (int i = 0; i < count; i++)
        {
            for (ulong sequence = runs[i].First; sequence <= runs[i].Last; sequence++) SetBit(sequence);
        }
    }

    private void ToRuns()
    {
        ulong from = _base;
        var runs = new List<Run>();
        while (TryNextBit(from, out ulong first))
        {
            from = NextAbsent(first);
            runs.Add(new Run(first, from - 1));
        }

        (_runs, _runCount, _bits) = (runs.ToArray(), runs.Count, null);
    }

    private readonly record struct Run(ulong First, ulong Last);
}
