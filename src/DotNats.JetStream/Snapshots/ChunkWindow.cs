using System.Threading.Channels;

namespace DotNats.JetStream.Snapshots;

/// <summary>How many chunks of a backup may be on their way: each that is sent takes a place, each that is acknowledged gives one back.</summary>
// Owner: the backup's sender takes; acknowledgements come on any thread. Invariant: 0 <= places <= size, whatever is acknowledged how often.
internal sealed class ChunkWindow
{
    private readonly Channel<bool> _places;

    public ChunkWindow(int size)
    {
        _places = Channel.CreateBounded<bool>(new BoundedChannelOptions(size) { SingleReader = true });
        for (int i = 0; i < size; i++) _places.Writer.TryWrite(true);
    }

    public void OnAcknowledged() => _places.Writer.TryWrite(true);

    public bool TryTake() => _places.Reader.TryRead(out _);

    /// <summary>Waits until there is a place, or for so long.</summary>
    public async Task WaitAsync(TimeSpan most, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await _places.Reader.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(most, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The caller looks around and may wait again.
        }
    }
}
