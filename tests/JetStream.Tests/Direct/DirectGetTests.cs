using DotNats.JetStream.Direct;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Direct;

public sealed class DirectGetTests
{
    [Fact]
    public async Task The_last_message_of_a_subject_comes_with_its_place()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await WithMessagesAsync(server);
        client.Send("SUB in 1", "PUB $JS.API.DIRECT.GET.S.a.1 in 0", "");
        await client.ExpectAsync(
            "HMSG in 1 104 106", "NATS/1.0", "Nats-Stream: S", "Nats-Subject: a.1", "Nats-Sequence: 3", "Nats-Time-Stamp: 2026-03-01T12:00:00Z", "", "m3");
    }

    [Fact]
    public async Task A_batch_ends_with_what_is_left()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await WithMessagesAsync(server);
        client.Send("SUB in 1", "PUB $JS.API.DIRECT.GET.S in 19", """{"seq":1,"batch":2}""");
        List<string> lines = await LinesUntilAsync(client, "NATS/1.0 204 EOB");
        lines.ShouldContain("m1");
        lines.ShouldContain("m2");
        await client.ExpectAsync("Nats-Num-Pending: 1", "Nats-Last-Sequence: 2");
    }

    [Theory]
    [InlineData("""{"seq":1,"batch":-1}""", 3)]
    [InlineData("""{"seq":1,"batch":2,"no_hdr":true}""", 3)]
    public async Task What_is_left_counts_only_messages_that_went_with_headers(string body, int left)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await WithMessagesAsync(server);
        client.Send("SUB in 1", $"PUB $JS.API.DIRECT.GET.S in {body.Length}", body);
        await LinesUntilAsync(client, "NATS/1.0 204 EOB");
        await client.ExpectAsync($"Nats-Num-Pending: {left}");
    }

    [Theory]
    [InlineData("", "408 Empty Request")]
    [InlineData("{}", "408 Empty Request")]
    [InlineData("{", "408 Malformed Request")]
    [InlineData("""{"seq":1,"last_by_subj":"a.1"}""", "408 Bad Request")]
    [InlineData("""{"seq":9}""", "404 Message Not Found")]
    [InlineData("""{"multi_last":["b.>"]}""", "404 No Results")]
    [InlineData("""{"multi_last":[""]}""", "404 No Results")]
    public async Task What_cannot_be_answered_gets_a_status(string body, string status)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await WithMessagesAsync(server);
        client.Send("SUB in 1", $"PUB $JS.API.DIRECT.GET.S in {body.Length}", body);
        await client.ReadLineAsync();
        (await client.ReadLineAsync()).ShouldBe("NATS/1.0 " + status);
    }

    [Theory]
    [InlineData("file", "NATS/1.0 404 No Results")]
    [InlineData("memory", "NATS/1.0")]
    public async Task Up_to_a_sequence_that_is_still_to_come_there_is_nothing_in_files(string storage, string status)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.CREATE.T", $$"""{"name":"T","subjects":["t"],"allow_direct":true,"storage":"{{storage}}"}""");
        await client.RequestAsync("t", "x");
        const string body = """{"multi_last":["t"],"up_to_seq":9}""";
        client.Send("SUB in 1", $"PUB $JS.API.DIRECT.GET.T in {body.Length}", body);
        await client.ReadLineAsync();
        (await client.ReadLineAsync()).ShouldBe(status);
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(1_772_366_400_123_456_789, "2026-03-01T12:00:00.123456789Z")]
    [InlineData(1_772_366_400_120_000_000, "2026-03-01T12:00:00.12Z")]
    public void Times_are_written_as_go_does(long timestamp, string text)
    {
        Span<byte> target = stackalloc byte[TimeStampText.Longest];
        System.Text.Encoding.ASCII.GetString(target[..TimeStampText.Write(timestamp, target)]).ShouldBe(text);
    }

    private static async Task<Dialogue> WithMessagesAsync(StreamServer server)
    {
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a.*\"],\"allow_direct\":true");
        await client.RequestAsync("a.1", "m1");
        await client.RequestAsync("a.2", "m2");
        await client.RequestAsync("a.1", "m3");
        return client;
    }

    private static async Task<List<string>> LinesUntilAsync(Dialogue client, string last)
    {
        List<string> lines = [];
        while (await client.ReadLineAsync() is { } line && line != last) lines.Add(line);
        return lines;
    }
}
