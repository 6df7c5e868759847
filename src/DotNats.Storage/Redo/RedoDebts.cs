using System.Collections.Concurrent;

namespace DotNats.Storage;

/// <summary>Somebody who left bytes to the redo journal that are not in their file yet.</summary>
internal interface IRedoDebtor : ISyncWork
{
    /// <summary>It is in the journal's list already. For whoever has its turn.</summary>
    bool Owes { get; }

    /// <summary>Writes them to the file, on the caller's thread, where no other thread is at work there.</summary>
    /// <exception cref="DiskFullException">There is no room for them.</exception>
    void TryPay();

    /// <summary>Writes after all what a turn that goes on has only noted: the group is not in the journal. False where that fails, which ends the turn.</summary>
    bool WriteNoted();
}

/// <summary>Who left bytes to the redo journal that are not in their files yet: a fill is not safe as long as somebody owes what it has.</summary>
// Owner: the journal; any thread, but entries are made under its gate. Invariant: of each debtor the oldest fill is known; it pays all it owes at once.
internal sealed class RedoDebts
{
    private readonly ConcurrentDictionary<IRedoDebtor, ulong> _fills = new();

    // By fill: of two that follow each other one is even.
    private readonly int[] _counts = new int[2];
    private int _refusals;

    /// <summary>Nobody who needs all of it paid is waiting.</summary>
    public bool AreTaken => Volatile.Read(ref _refusals) == 0;

    public bool IsEmpty => Volatile.Read(ref _counts[0]) == 0 && Volatile.Read(ref _counts[1]) == 0;

    /// <summary>Somebody owes what this fill has, or the one before the last.</summary>
    public bool Has(ulong fill) => Volatile.Read(ref _counts[fill & 1]) > 0;

    public void Add(IRedoDebtor debtor, ulong fill)
    {
        if (_fills.TryAdd(debtor, fill)) Interlocked.Increment(ref _counts[fill & 1]);
    }

    /// <summary>Everything is paid, or never will be.</summary>
    /// <returns>The fill that had it; 0 for none.</returns>
    public ulong Remove(IRedoDebtor debtor)
    {
        if (!_fills.TryRemove(debtor, out ulong fill)) return 0;
        Interlocked.Decrement(ref _counts[fill & 1]);
        return fill;
    }

    /// <summary>No debts are made until <see cref="TakeAgain"/>.</summary>
    public void Refuse() => Interlocked.Increment(ref _refusals);

    public void TakeAgain() => Interlocked.Decrement(ref _refusals);

    /// <summary>Waits until nobody owes anything, and has those pay who are not at work. The caller has no lock that others need for it, and its thread has the turn of nobody who owes.</summary>
    /// <exception cref="DiskFullException">There is no room for what somebody owes.</exception>
    public void PayAll()
    {
        var wait = default(SpinWait);
        while (!IsEmpty)
        {
            foreach ((IRedoDebtor debtor, _) in _fills) debtor.TryPay();
            if (!IsEmpty) wait.SpinOnce();
        }
    }
}
