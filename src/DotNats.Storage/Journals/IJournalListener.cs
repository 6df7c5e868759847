namespace DotNats.Storage;

/// <summary>Hears how a state's journal fares.</summary>
public interface IJournalListener
{
    /// <summary>Everything up to a position is as safe as was asked for. Any thread, also the one inside <see cref="StateJournal.Commit"/>.</summary>
    void OnCommitted(long position);

    /// <summary>
    /// The disk refused: nothing behind the last committed position is safe. Where it only was full, it is tried again; the owner has a look soon
    /// whether a whole state is wanted (<see cref="StateJournal.IsLong"/>).
    /// </summary>
    void OnFailed(LogStatus status, string reason);
}

/// <summary>How a journal is kept.</summary>
/// <param name="Durability">When an urgent change counts as committed.</param>
/// <param name="SyncInterval">What is not urgent is synced after so long.</param>
public readonly record struct JournalOptions(LogDurability Durability, TimeSpan SyncInterval);

/// <summary>All there is to know of a journal that nothing was written to since its state was kept: most consumers are idle.</summary>
/// <param name="StateHash">Of the state in its file.</param>
/// <param name="StateBytes">Its length.</param>
public readonly record struct RestingJournal(ulong StateHash, long StateBytes);

/// <summary>What was kept of a state.</summary>
/// <param name="State">The whole state, to which the changes are to be made; null for none.</param>
/// <param name="Changes">Changes one behind the other, as they were appended.</param>
/// <param name="Foreign">
/// A state that this journal knows nothing of: written by nats-server since, or damaged. It counts where it goes on from the other one; null for none.
/// </param>
/// <param name="Damage">What was found damaged, with its place; null for nothing.</param>
public sealed record JournalContent(byte[]? State, byte[] Changes, byte[]? Foreign, string? Damage);
