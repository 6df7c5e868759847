using System.Diagnostics;

namespace DotNats.JetStream.Streams;

/// <summary>Says whether something is quick enough to be done on the loops of those who want it, whose other peers wait meanwhile.</summary>
/// <remarks>
/// What takes longer than it should waits for something: a block that is not in memory, a disk that is slow. It is done by the pool then, at first
/// for a moment, and for longer each time it turns out slow again.
/// </remarks>
// Owner: whoever does it; any thread notes, and a note that is lost does no harm.
internal sealed class LoopPace
{
    // Once may be chance: others had the processor.
    private static readonly long Long = Stopwatch.Frequency / 250;
    private const int LongInARow = 2;

    // One of these is enough.
    private static readonly long Endless = Stopwatch.Frequency / 20;

    private static readonly long ShortestRest = Stopwatch.Frequency / 10;
    private static readonly long LongestRest = Stopwatch.Frequency * 5;

    private long _restUntil;
    private long _rest = ShortestRest;
    private int _longInARow;

    /// <summary>It may be done on a loop.</summary>
    public bool IsQuick(long now) => now >= Volatile.Read(ref _restUntil);

    /// <summary>It was done on a loop.</summary>
    public void Note(long start, long end)
    {
        long took = end - start;
        if (took <= Long)
        {
            if (_longInARow != 0) _longInARow = 0;
            // Quick for as long again as it was kept away: it begins anew.
            if (_rest > ShortestRest && start > Volatile.Read(ref _restUntil) + _rest) _rest = ShortestRest;
            return;
        }

        if (++_longInARow < LongInARow && took <= Endless) return;
        _longInARow = 0;
        Volatile.Write(ref _restUntil, end + _rest);
        _rest = Math.Min(LongestRest, 2 * _rest);
    }
}
