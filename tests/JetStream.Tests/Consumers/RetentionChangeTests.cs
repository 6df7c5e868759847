using System.Globalization;
using System.Text.Json;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public sealed class RetentionChangeTests
{
    [Fact]
    public async Task A_stream_that_turns_to_interest_keeps_what_is_not_acknowledged()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        await client.AskAsync("$JS.API.CONSUMER.CREATE.S.C", """{"stream_name":"S","config":{"name":"C","durable_name":"C","ack_policy":"explicit"}}""");
        for (int i = 0; i < 5; i++) await client.RequestAsync("S", "x");
        List<string> acks = [];
        client.Send("SUB in 1", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "4");
        for (int i = 0; i < 4; i++)
        {
            string[] line = (await client.ReadLineAsync())!.Split(' ');
            acks.Add(line[3]);
            await client.ReadBytesAsync(int.Parse(line[^1], CultureInfo.InvariantCulture));
        }

        // The first by the floor, the third behind it.
        await client.RequestAsync(acks[0], "+ACK");
        await client.RequestAsync(acks[2], "+ACK");
        JsonElement updated = await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","storage":"memory","retention":"interest"}""");
        updated.GetProperty("state").GetProperty("first_seq").GetInt32().ShouldBe(2);
        await Eventually.HoldsAsync(() => server.Stream("S").Log.State.Messages == 3, "what was acknowledged is gone");
        await client.RequestAsync(acks[1], "+ACK");
        await Eventually.HoldsAsync(() => server.Stream("S").Log.State.FirstSequence == 4, "and goes from now on");
    }

    [Fact]
    public async Task One_that_turns_to_interest_after_a_restart_keeps_what_is_not_acknowledged()
    {
        string directory = Path.Combine(Path.GetTempPath(), "dotnats-retention-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using (StreamServer server = await StreamServer.StartAsync(directory: directory))
            {
                Dialogue client = await server.ConnectAsync();
                await client.AskAsync("$JS.API.STREAM.CREATE.S", """{"name":"S"}""");
                await client.AskAsync("$JS.API.CONSUMER.CREATE.S.C", """{"stream_name":"S","config":{"name":"C","durable_name":"C","ack_policy":"explicit"}}""");
                for (int i = 0; i < 5; i++) await client.RequestAsync("S", "x");
                client.Send("SUB in 1", "PUB $JS.API.CONSUMER.MSG.NEXT.S.C in 1", "4");
                List<string> acks = [];
                for (int i = 0; i < 4; i++)
                {
                    string[] line = (await client.ReadLineAsync())!.Split(' ');
                    acks.Add(line[3]);
                    await client.ReadBytesAsync(int.Parse(line[^1], CultureInfo.InvariantCulture));
                }

                await client.RequestAsync(acks[0], "+ACK");
                await client.RequestAsync(acks[2], "+ACK");
            }

            await using (StreamServer server = await StreamServer.StartAsync(directory: directory))
            {
                Dialogue client = await server.ConnectAsync();
                await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","retention":"interest"}""");
                await Eventually.HoldsAsync(() => server.Stream("S").Log.State is { Messages: 3, FirstSequence: 2 }, "what was acknowledged is gone");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task With_nobody_interested_nothing_stays()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S");
        JsonElement empty = await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","storage":"memory","retention":"interest"}""");
        empty.GetProperty("state").GetProperty("first_seq").GetInt32().ShouldBe(0);
        await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","storage":"memory","retention":"limits"}""");
        await client.RequestAsync("S", "x");
        JsonElement updated = await client.AskAsync("$JS.API.STREAM.UPDATE.S", """{"name":"S","storage":"memory","retention":"interest"}""");
        updated.GetProperty("state").GetProperty("messages").GetInt32().ShouldBe(0);
    }
}
