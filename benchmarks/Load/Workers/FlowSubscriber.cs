using Load.Wire;

namespace Load.Workers;

/// <summary>One subscribing connection of a flow.</summary>
// Owner: the flow worker's thread.
internal sealed class FlowSubscriber(int slot, int group, NatsConnection connection)
{
    private long _fenceAt;

    internal int Slot => slot;

    internal int Group => group;

    internal NatsConnection Connection => connection;

    internal long Received => connection.Stream.Frames;

    internal bool IsFenced => connection.Stream.Pongs >= _fenceAt;

    /// <summary>Asks for a PONG: whatever the server had for this connection comes before it.</summary>
    internal void Fence()
    {
        _fenceAt = connection.Stream.Pongs + 1;
        connection.Channel.SendAll("PING\r\n"u8);
    }

    /// <exception cref="InvalidRunException">More or fewer than <paramref name="expected"/> messages came, or a part of one.</exception>
    internal void CheckExactly(long expected)
    {
        if (Received != expected || !connection.Stream.AtBoundary)
        {
            string part = connection.Stream.AtBoundary ? "" : " and a part";
            throw new InvalidRunException($"subscriber {slot} received {Received} messages{part}, {expected} were published");
        }
    }
}
