using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>Store directories go from the real server to ours and back with the same messages.</summary>
/// <remarks><see cref="StoreRecorder"/> wrote those in <c>Recorded</c>, of 2.9 and 2.15, so that no machine needs the real server for them.</remarks>
public sealed class StoreExchangeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-stores-").FullName;

    public static TheoryData<string> Stores => [.. Directory.GetDirectories(RecordedStores.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_store_of_the_real_server_opens_in_ours(string store)
    {
        RecordedStores.Unpack(store, _directory);
        string recorded = await File.ReadAllTextAsync(RecordedStores.DumpOf(store));
        string cipher = RecordedStores.CipherOf(store);
        // The second run reads what the first one wrote: an index.
        for (int run = 1; run <= 2; run++)
        {
            await using StoreSession ours = await StoreSession.StartAsync(ServerExecutable.UnderTest, _directory, cipher);
            LineDiff.ShouldBeSame(await StoreDump.ReadAsync(ours.Connection), recorded);
            await ours.StopAsync();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("chacha")]
    [InlineData("aes")]
    public async Task A_store_of_ours_opens_in_the_real_server_and_comes_back(string cipher)
    {
        ServerExecutable real = await Peers.RequireRealServerAsync();
        string written = await RunAsync(ServerExecutable.UnderTest, cipher, connection => new StoreContent(connection, isOld: false).WriteAsync());
        string changed = await RunAsync(real, cipher, async connection =>
        {
            LineDiff.ShouldBeSame(await StoreDump.ReadAsync(connection), written);
            foreach (string subject in (string[])["ord.1", "pack.1", "last.1", "gone"]) (await connection.RequestAsync(subject, "by the real server")).Text.ShouldContain("\"seq\":");
            await connection.RequestAsync("$JS.API.STREAM.MSG.DELETE.ORD", """{"seq":20}""");
        });
        LineDiff.ShouldBeSame(await RunAsync(ServerExecutable.UnderTest, cipher, _ => Task.CompletedTask), changed);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private async Task<string> RunAsync(ServerExecutable executable, string cipher, Func<DotNats.Client.NatsConnection, Task> act)
    {
        await using StoreSession session = await StoreSession.StartAsync(executable, _directory, cipher);
        await act(session.Connection);
        string dump = await StoreDump.ReadAsync(session.Connection);
        await session.StopAsync();
        return dump;
    }
}
