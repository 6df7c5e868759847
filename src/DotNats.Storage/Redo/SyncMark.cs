namespace DotNats.Storage;

/// <summary>What one sync for many did for a turn that had written.</summary>
/// <param name="IsSynced">All of it is on the device, where it belongs.</param>
/// <param name="Fill">All of it is in the redo journal, in this fill; 0 where it is not.</param>
internal readonly record struct SyncMark(bool IsSynced, ulong Fill)
{
    /// <summary>Nothing: the turn sees to it itself.</summary>
    public static SyncMark None => default;

    public static SyncMark Synced => new(IsSynced: true, 0);

    public static SyncMark InRedo(ulong fill) => new(IsSynced: false, fill);

    public bool IsInRedo => Fill > 0;

    /// <summary>What was written outlives a power failure.</summary>
    public bool IsSafe => IsSynced || IsInRedo;
}
