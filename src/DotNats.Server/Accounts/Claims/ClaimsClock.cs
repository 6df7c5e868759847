using DotNats.Primitives;

namespace DotNats.Server.Accounts;

/// <summary>Calls back when something in an account's claims runs out.</summary>
// Owner: the wheel's thread hands over to the thread pool; OperatorAccounts starts and stops it, one update at a time.
internal sealed class ClaimsClock : WheelTimer
{
    private readonly ServerCore _server;
    private readonly Account _account;
    private readonly Func<Account, Task> _onDue;

    private ClaimsClock(ServerCore server, Account account, Func<Account, Task> onDue)
    {
        _server = server;
        _account = account;
        _onDue = onDue;
    }

    public static ClaimsClock Start(ServerCore server, Account account, TimeSpan left, Func<Account, Task> onDue)
    {
        ClaimsClock clock = new(server, account, onDue);
        server.Timers.Schedule(clock, left);
        return clock;
    }

    public void Stop(TimerWheel timers) => timers.Cancel(this);

    protected override void OnExpired() => ThreadPool.UnsafeQueueUserWorkItem(static clock => _ = clock.RunAsync(), this, preferLocal: false);

    private async Task RunAsync()
    {
        try
        {
            await _onDue(_account).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // What a stopping server has put away is not missed.
            if (!_server.IsStopping) ClaimsLog.ClockFailed(_server.Logger, exception, _account.Name);
        }
    }
}
