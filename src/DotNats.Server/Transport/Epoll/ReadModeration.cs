namespace DotNats.Server.Transport.Epoll;

/// <summary>Decides when a loop rests before it looks for more, so that many small writes of its peers become few reads.</summary>
/// <remarks>
/// A peer that sends one message per write wakes the loop for each: the wake-up costs both sides more than the message. When rounds of
/// small reads follow each other closely, and nothing was sent to those peers that they might be answering, the loop sleeps a moment
/// first (as network cards hold back interrupts under load). Peers that wait for an answer before they go on are never held up.
/// </remarks>
// Owner: one loop's thread. Invariant: no rest until StreakToRest close rounds in a row, none after a round that gained nothing by it.
internal sealed class ReadModeration(long ticksPerSecond)
{
    // Restful enough to gather some twenty messages of a busy publisher, short against a client's round trip.
    private const int RestMicroseconds = 40;

    // A round is close when it begins this soon after the one before.
    private readonly long _closeTicks = ticksPerSecond * 60 / 1_000_000;

    // Reads beyond this are batches already.
    private const int SmallReadBytes = 2048;

    // A rest must gather so many times what a round brought without one.
    private const int WorthwhileGain = 2;

    private const int FirstStreakToRest = 16;
    private const int LongestStreakToRest = 1024;

    private long _lastRound;
    private int _reads;
    private int _bytes;
    private bool _answers;
    private int _streak;
    private int _streakToRest = FirstStreakToRest;
    private int _bytesWithoutRest;
    private bool _rested;

    /// <summary>One read of this round.</summary>
    /// <param name="mayBeAnswer">Something was sent to that peer since it was last read.</param>
    public void OnRead(int bytes, bool mayBeAnswer)
    {
        _reads++;
        _bytes += bytes;
        _answers |= mayBeAnswer;
    }

    /// <summary>Ends a round; returns how long to rest before the next, in microseconds, or 0.</summary>
    public int EndRound(long now)
    {
        bool close = now - _lastRound < _closeTicks || _rested;
        bool small = _reads > 0 && _bytes / _reads < SmallReadBytes;
        _lastRound = now;
        if (_rested) JudgeRest();
        else if (close && !_answers && small) _streak++;
        else _streak = 0;
        if (!_rested && small) _bytesWithoutRest = _bytes;
        _rested = _streak >= _streakToRest;
        _reads = _bytes = 0;
        _answers = false;
        return _rested ? RestMicroseconds : 0;
    }

    // A rest that gathered too little ends resting, and the next one has to be earned for longer.
    private void JudgeRest()
    {
        if (!_answers && _bytes >= _bytesWithoutRest * WorthwhileGain)
        {
            _streakToRest = FirstStreakToRest;
            return;
        }

        _streak = 0;
        _streakToRest = Math.Min(LongestStreakToRest, _streakToRest * 2);
    }
}
