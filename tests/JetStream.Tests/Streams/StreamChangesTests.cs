using DotNats.JetStream;
using DotNats.JetStream.Accounts;
using DotNats.JetStream.Streams;
using JetStream.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Streams;

public sealed class StreamChangesTests
{
    [Fact]
    public async Task A_request_that_waited_while_its_account_was_disabled_makes_no_stream()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        JetStreamAccount account = server.Streams;
        await account.Changes.WaitAsync(TestContext.Current.CancellationToken);
        server.Service.OnAccountRemoved(account.Account);
        Task<ChangeResult> creating = server.Service.Changes.CreateAsync(account, "S", new StreamConfigRequest { Config = new StreamConfig { Name = "S", Subjects = ["s"] } });
        account.Changes.Release();
        (await creating).Error.ShouldNotBeNull();
        account.Streams.ShouldBeEmpty();
    }
}
