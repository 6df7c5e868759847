namespace DotNats.Server.Routing;

/// <summary>Room for the subjects that are made on a message's way; taken and given back like a stack.</summary>
// Owner: its delivery context. Lifetime: bytes are the taker's until it, or somebody who called it, releases to a mark of before.
// Invariant: what was taken stays as it is while the stack grows: a larger array replaces the old one, whose views keep it.
internal sealed class ScratchStack
{
    private byte[] _bytes = new byte[1024];

    /// <summary>What is taken now; give it to <see cref="Release"/>.</summary>
    public int Mark { get; private set; }

    public Span<byte> Take(int length)
    {
        if (length > _bytes.Length - Mark) _bytes = new byte[Math.Max(_bytes.Length * 2, Mark + length)];
        Span<byte> taken = _bytes.AsSpan(Mark, length);
        Mark += length;
        return taken;
    }

    /// <summary>Gives back everything that was taken since <paramref name="mark"/> was read.</summary>
    public void Release(int mark) => Mark = mark;
}
