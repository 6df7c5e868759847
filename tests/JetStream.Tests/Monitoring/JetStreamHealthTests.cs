using DotNats.Server.Monitoring;
using DotNats.Storage;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Monitoring;

public sealed class JetStreamHealthTests
{
    [Fact]
    public async Task Whoever_asks_how_streams_are_changes_nothing_of_them()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S"}""");
        using StagedStream restoring = server.Service.Stores.Stage("$G", "T");
        server.Service.Check(new HealthzQuery()).Status.ShouldBe("ok");
        Directory.Exists(restoring.Directory.Path).ShouldBeTrue();
    }

    [Fact]
    public async Task A_stream_that_could_not_be_read_is_named()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Directory.CreateDirectory(Path.Combine(server.Directory, "jetstream", "$G", "streams", "LOST"));
        HealthSnapshot health = server.Service.Check(new HealthzQuery());
        health.StatusCode.ShouldBe(503);
        health.Error.ShouldBe("JetStream stream '$G > LOST' could not be recovered");
    }
}
