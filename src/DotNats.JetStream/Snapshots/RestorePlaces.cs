namespace DotNats.JetStream.Snapshots;

/// <summary>Counts the restores that run at a time: those of an account, or those of a server.</summary>
// Owner: JetStreamAccount and Transfers. Any thread takes and gives back. Invariant: a restore has a place in both, or in none.
internal sealed class RestorePlaces(int most)
{
    // Each has a log and buffers; nats-server has no bound. One account must not leave nothing to the others.
    public const int MostOfAccount = 16;
    public const int MostOfServer = 256;

    private int _taken;

    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Takes a place for one more restore, free again when it is disposed; null where there are too many.</summary>
    public static RestorePlace? TryTake(RestorePlaces ofAccount, RestorePlaces ofServer)
    {
        if (!ofAccount.TryTake()) return null;
        if (ofServer.TryTake()) return new RestorePlace(ofAccount, ofServer);
        ofAccount.GiveBack();
        return null;
    }

    public void GiveBack() => Interlocked.Decrement(ref _taken);

    private bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= most) return true;
        GiveBack();
        return false;
    }
}

/// <summary>What a restore holds while it runs. Disposing it again does nothing.</summary>
internal sealed class RestorePlace(RestorePlaces ofAccount, RestorePlaces ofServer) : IDisposable
{
    private int _isFree;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isFree, 1) != 0) return;
        ofAccount.GiveBack();
        ofServer.GiveBack();
    }
}
