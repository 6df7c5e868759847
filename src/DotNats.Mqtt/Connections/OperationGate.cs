namespace DotNats.Mqtt.Connections;

/// <summary>Lets one operation at a time change a session, and none once its connection has ended.</summary>
// Owner: the session. Its receive side enters, whoever ran the operation leaves, any thread closes, once.
// Invariant: of Leave and Close exactly one call tells its caller that the session is to be ended.
internal sealed class OperationGate
{
    private const int Running = 1;
    private const int Closed = 2;

    private int _state;

    public bool IsRunning => (Volatile.Read(ref _state) & Running) != 0;

    /// <summary>False where the connection has ended. Never called while another operation runs.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Running, 0) == 0;

    /// <summary>The operation is over; true where the connection ended meanwhile, and the caller is to end the session.</summary>
    public bool Leave() => (Interlocked.And(ref _state, ~Running) & Closed) != 0;

    /// <summary>The connection has ended; true where no operation runs, so that the caller is to end the session.</summary>
    public bool Close() => (Interlocked.Or(ref _state, Closed) & Running) == 0;
}
