using DotNats.Client;

namespace Interop.Tests;

/// <summary>One run of some server over a store directory.</summary>
public sealed class StoreSession : IAsyncDisposable
{
    private readonly ServerProcess _server;

    private StoreSession(ServerProcess server, NatsConnection connection) => (_server, Connection) = (server, connection);

    public NatsConnection Connection { get; }

    /// <param name="cipher">Empty for a store that is not encrypted.</param>
    public static async Task<StoreSession> StartAsync(ServerExecutable executable, string directory, string cipher)
    {
        string key = cipher.Length == 0 ? "" : $", key: \"a key of these tests\", cipher: {cipher}";
        ServerProcess server = await ServerProcess.StartAsync(new ServerSetup { Executable = executable, Config = $"jetstream {{ store_dir: \"{directory}\"{key} }}\n" });
        try
        {
            return new StoreSession(server, await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.Url, RequestTimeout = Eventually.Limit }));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks the server to end and waits until it has.</summary>
    public Task StopAsync() => _server.TerminateAsync();

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _server.DisposeAsync();
    }
}
