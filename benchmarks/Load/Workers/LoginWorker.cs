using Load.Wire;

namespace Load.Workers;

/// <summary>Logs in once with each of many user JWTs, on a few threads; each connection is closed when its PONG is there.</summary>
// Command `run n`: the first n lines of the file. Answers when all were let in.
internal sealed class LoginWorker(WorkerArguments arguments) : CommandWorker
{
    private const int Threads = 8;

    private readonly int _port = arguments.Integer("port");
    private readonly string[] _jwts = File.ReadAllLines(arguments.Text("logins"));
    private int _next;
    private volatile string? _failure;

    protected override void Obey(string command, long number)
    {
        _next = 0;
        Thread[] threads = new Thread[Threads];
        for (int i = 0; i < Threads; i++)
        {
            threads[i] = new Thread(() => LogInUntil((int)number)) { IsBackground = true };
            threads[i].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        if (_failure is { } failure) throw new InvalidRunException(failure);
        ControlPipe.Answer(("logins", number));
    }

    public override void Dispose()
    {
    }

    private void LogInUntil(int end)
    {
        byte[] buffer = new byte[32 * 1024];
        try
        {
            for (int i = Interlocked.Increment(ref _next) - 1; i < end && _failure is null; i = Interlocked.Increment(ref _next) - 1)
            {
                using NatsConnection connection = NatsConnection.OpenWithJwt(_port, buffer, _jwts[i]);
                LoopbackSocket.ResetOnClose(connection.Channel.Descriptor);
            }
        }
        catch (Exception exception)
        {
            _failure = exception.Message;
        }
    }
}
