using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.Connections;

namespace DotNats.Server.Routing;

/// <summary>What one receive loop carries from message to message: match cache, the lock it holds, whom it owes a flush.</summary>
// Owner: one thread at a time (an epoll loop for life; a stream reader rents one for a batch). Lifetime: its owner's.
// Invariant: at most one connection lock is held, and none across a flush, a table lookup or the end of a batch.
internal sealed class DeliveryContext
{
    private Connection[] _dirty = new Connection[64];
    private int _dirtyCount;
    private Connection? _held;
    private ImportStep? _freeStep;
    private IBatchWork[] _work = new IBatchWork[16];
    private int _workCount;
    private bool _isWorking;

    public DeliveryContext(bool cacheEnabled = true)
    {
        CacheEnabled = cacheEnabled;
    }

    public MatchCache Matches { get; } = new();

    public bool CacheEnabled { get; }

    /// <summary>Chance for queue members and shares of mappings: they need spread, not secrecy.</summary>
    public SpreadRandom Random { get; } = new((ulong)System.Random.Shared.NextInt64());

    /// <summary>Subjects made lately from others.</summary>
    public SubjectCache MadeSubjects { get; } = new();

    /// <summary>Where subjects are made.</summary>
    public ScratchStack Scratch { get; } = new();

    /// <summary>What went from account to account by stream imports.</summary>
    public CrossingTally Crossings { get; } = new();

    /// <summary>The server clock at the start of the batch, in its ticks.</summary>
    public long NowTicks { get; set; }

    /// <summary>The same moment in units of 100 ns, as reply permits count.</summary>
    public long PermitTicks => (long)((double)NowTicks / TicksPerSecond * TimeSpan.TicksPerSecond);

    /// <summary>Ticks of the server clock a second.</summary>
    public required long TicksPerSecond { get; init; }

    /// <summary>Bytes appended for destinations that wait for this context's flush.</summary>
    public int UnflushedBytes { get; set; }

    /// <summary>A destination that asked its producer to pause; reset by the transport after the batch.</summary>
    public IStallPoint? StalledBy { get; set; }

    /// <summary>What a batch leaves to be done is done on its thread; otherwise whoever has something finds a thread of its own.</summary>
    public bool RunsWork { get; set; }

    /// <summary>Bytes of messages that wait for such work.</summary>
    public int WaitingBytes { get; set; }

    /// <summary>Has something done behind the batch, before what it caused leaves; false where nothing is done here.</summary>
    public bool TryDefer(IBatchWork work)
    {
        if (!RunsWork || _isWorking) return false;
        if (_workCount == _work.Length) Array.Resize(ref _work, 2 * _workCount);
        _work[_workCount++] = work;
        return true;
    }

    /// <summary>Takes the lock of <paramref name="connection"/> and keeps it until another one is needed.</summary>
    public void Hold(Connection connection)
    {
        if (ReferenceEquals(_held, connection)) return;
        _held?.Outbound.Release();
        _held = connection;
        connection.Outbound.Acquire();
    }

    public void ReleaseHeld()
    {
        if (_held is null) return;
        _held.Outbound.Release();
        _held = null;
    }

    /// <summary>Promises to flush the connection whose lock is held.</summary>
    public void PromiseFlush(Connection connection)
    {
        if (!connection.Outbound.NeedsFlush) return;
        connection.Outbound.FlushPromised = true;
        if (_dirtyCount == _dirty.Length) Array.Resize(ref _dirty, _dirty.Length * 2);
        _dirty[_dirtyCount++] = connection;
    }

    /// <summary>Does what is left to be done, then keeps all promises. The lock is let go first.</summary>
    public void Flush()
    {
        ReleaseHeld();
        WaitingBytes = 0;
        if (_workCount > 0) Work();
        FlushDirty();
    }

    /// <summary>Keeps all promises, while work is being done.</summary>
    public void FlushDirty()
    {
        ReleaseHeld();
        if (Crossings.Any) Crossings.Flush();
        UnflushedBytes = 0;
        for (int i = 0; i < _dirtyCount; i++)
        {
            Connection connection = _dirty[i];
            _dirty[i] = null!;
            connection.Endpoint.Flush(becameWritable: false);
        }

        _dirtyCount = 0;
    }

    // What work leaves to be done finds threads of its own: a batch comes to an end.
    private void Work()
    {
        IStallPoint? stalledBy = StalledBy;
        _isWorking = true;
        try
        {
            for (int i = 0; i < _workCount; i++) _work[i].Run(this);
        }
        finally
        {
            Array.Clear(_work, 0, _workCount);
            (_workCount, _isWorking) = (0, false);
            ReleaseHeld();
            // Whose output is slow is nothing that this batch's producer did.
            StalledBy = stalledBy;
        }
    }

    /// <summary>A step for a message that goes on in another account; given back when it has been routed there.</summary>
    public ImportStep TakeStep(ServiceExport? export, ImportStep? previous)
    {
        ImportStep step = _freeStep ?? new ImportStep();
        _freeStep = step.Previous;
        step.Export = export;
        step.Previous = previous;
        return step;
    }

    public void GiveBackStep(ImportStep step)
    {
        step.Export = null;
        step.Importer = null;
        step.Share = step.ShowsServer = false;
        step.Previous = _freeStep;
        _freeStep = step;
    }

    /// <summary>A number in [0, bound).</summary>
    public int NextRandom(int bound) => Random.Next(bound);
}
