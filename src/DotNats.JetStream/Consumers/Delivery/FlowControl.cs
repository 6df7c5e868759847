using DotNats.Primitives;

namespace DotNats.JetStream.Consumers;

/// <summary>How much a push consumer may send before its client says that it has kept up (wire reference section 9.2).</summary>
/// <remarks>The window begins small and doubles with each answer. Half a window asks for an answer, a whole one stops delivery.</remarks>
/// <param name="prefix">What the subjects of answers begin with, up to a last token that is chosen for each.</param>
// Owner: the consumer's runner.
internal sealed class FlowControl(string prefix)
{
    // nats-server's largest window; it begins with a sixteenth.
    private const long LargestWindow = 32L * 1024 * 1024;

    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private readonly SpreadRandom _random = new((ulong)Random.Shared.NextInt64());
    private long _window = LargestWindow / 16;
    private long _sent;
    private long _asked;

    /// <summary>Where the answer that is awaited goes; null for none.</summary>
    public string? Awaited { get; private set; }

    /// <summary>So much is unanswered that nothing may be sent.</summary>
    public bool IsStalled => _sent > _window;

    /// <summary>A message was sent; true where an answer is to be asked for.</summary>
    /// <param name="isFull">So much is unacknowledged that delivery stops, and answers are what acknowledges.</param>
    public bool OnSent(int bytes, bool isFull)
    {
        _sent += bytes;
        if (Awaited is null) return _sent > _window / 2 || isFull;
        // Compat: what is sent once a whole window lies beyond the question counts as answered with it.
        if (_sent - _asked >= _window) _asked += bytes;
        return false;
    }

    /// <summary>Asks: the subject of the answer.</summary>
    public string Ask()
    {
        Span<char> tail = stackalloc char[4];
        foreach (ref char digit in tail) digit = Digits[_random.Next(Digits.Length)];
        _asked = _sent;
        return Awaited = $"{prefix}{tail}";
    }

    /// <summary>An answer came; false for one that nobody waits for.</summary>
    public bool TryAnswer(ReadOnlySpan<byte> subject)
    {
        if (Awaited is not { } awaited || !System.Text.Ascii.Equals(subject, awaited) && !System.Text.Encoding.UTF8.GetString(subject).Equals(awaited, StringComparison.Ordinal)) return false;
        _window = Math.Min(_window * 2, LargestWindow);
        _sent = Math.Max(0, _sent - _asked);
        Awaited = null;
        _asked = 0;
        return true;
    }
}
