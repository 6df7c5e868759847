namespace DotNats.JetStream.Snapshots;

/// <summary>Bytes of chunks, with all that comes with them, that were received and are not read yet, of all restores together: what a server gives to senders that do not wait.</summary>
// Owner: Transfers. Any thread adds and removes. Invariant: a restore whose sender waits for acknowledgements is never refused because of others.
internal sealed class WaitingChunks
{
    // Twice what nats-server lets a backup have on its way.
    private const long MostOfOne = 64L * 1024 * 1024;

    // As much as a backup has on its way unless it is asked for more: what every restore may have whatever others do.
    private const long AlwaysOfOne = 8L * 1024 * 1024;

    private const long MostOfAll = 256L * 1024 * 1024;

    private long _bytes;

    /// <summary>Bytes of all restores.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Takes a chunk; false where one restore, or all of them, have too much waiting.</summary>
    /// <param name="ofOne">What waits of the restore it is for.</param>
    public bool TryAdd(ref long ofOne, int bytes)
    {
        long one = Interlocked.Add(ref ofOne, bytes), all = Interlocked.Add(ref _bytes, bytes);
        if (one <= AlwaysOfOne || (one <= MostOfOne && all <= MostOfAll)) return true;
        Remove(ref ofOne, bytes);
        return false;
    }

    /// <summary>A chunk was read, or will never be.</summary>
    public void Remove(ref long ofOne, int bytes)
    {
        Interlocked.Add(ref ofOne, -bytes);
        Interlocked.Add(ref _bytes, -bytes);
    }
}
