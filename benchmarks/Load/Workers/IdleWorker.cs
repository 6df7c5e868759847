using Load.Wire;

namespace Load.Workers;

/// <summary>Holds many connections that say nothing after CONNECT and PING.</summary>
// Commands: `open n` opens n more; `check` fails unless the server still answers every one of them.
internal sealed class IdleWorker(WorkerArguments arguments) : CommandWorker
{
    private readonly int _port = arguments.Integer("port");
    private readonly List<NatsConnection> _connections = [];

    protected override void Obey(string command, long number)
    {
        if (command == "open")
            for (long i = 0; i < number; i++) _connections.Add(NatsConnection.Open(_port, Buffer));
        else
            foreach (NatsConnection connection in _connections) connection.Fence(Buffer);
        ControlPipe.Answer(("connections", _connections.Count));
    }

    public override void Dispose()
    {
        foreach (NatsConnection connection in _connections) connection.Dispose();
    }
}
