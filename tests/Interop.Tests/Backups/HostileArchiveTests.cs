using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DotNats.Client;
using DotNats.Primitives;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>Archives that cannot be, sent to our server and to the real one: both refuse with the same words, and go on.</summary>
public sealed class HostileArchiveTests
{
    private const string State = """{"messages":2,"bytes":70,"first_seq":3,"last_seq":9,"consumer_count":0}""";

    public static TheoryData<string> Archives => new()
    {
        "E:first",
        "E:state.json=nonsense",
        "E:state.json={}",
        """E:state.json={"consumer_count":1}|3:s.1=x""",
        """E:state.json={"consumer_count":1}|E:consumers/c={"state":{}}""",
        """E:state.json={"consumer_count":1}|E:consumers/c={"config":{}}""",
        """E:state.json={"consumer_count":1}|E:consumers/../c={"config":{},"state":{}}""",
        """E:state.json={"consumer_count":1}|E:consumers/c={"config":{"ack_policy":"explicit"},"state":{"ack_floor":{"consumer_seq":2}}}""",
        $"E:state.json={State}|3:s.1=one|3:s.1=again",
        $"E:state.json={State}|2:s.1=one",
        $"E:state.json={State}|0:s.1=one",
        $"E:state.json={State}|3:s.1=one|9:s.2=two",
        """E:state.json={"bytes":18446744073709551615}""",
        "E:state.json={\"messages\":-1}",
    };

    [Theory]
    [MemberData(nameof(Archives))]
    public async Task Both_servers_refuse_with_the_same_words(string entries)
    {
        ServerExecutable real = await Peers.RequireRealServerAsync();
        string[] answers = await Task.WhenAll(RestoreAsync(ServerExecutable.UnderTest, Compress(entries)), RestoreAsync(real, Compress(entries)));
        answers[0].ShouldBe(answers[1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Both_servers_refuse_what_was_cut(int length)
    {
        ServerExecutable real = await Peers.RequireRealServerAsync();
        byte[] archive = Compress($"E:state.json={State}|3:s.1=one|9:s.2=two|end")[..length];
        string[] answers = await Task.WhenAll(RestoreAsync(ServerExecutable.UnderTest, archive), RestoreAsync(real, archive));
        answers[0].ShouldBe(answers[1]);
    }

    // What the restore ended with, and that the server still answers.
    private static async Task<string> RestoreAsync(ServerExecutable executable, byte[] archive)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSetup { Executable = executable, Config = ScenarioCatalog.JetStream });
        await using NatsConnection connection = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.Url, RequestTimeout = Eventually.Limit });
        using JsonDocument begun = JsonDocument.Parse((await connection.RequestAsync("$JS.API.STREAM.RESTORE.S", """{"config":{"name":"S","subjects":["s.>"]},"state":{}}""")).Text);
        string target = begun.RootElement.GetProperty("deliver_subject").GetString()!;
        foreach (byte[] chunk in archive.Chunk(64)) await connection.RequestAsync(target, chunk);
        string outcome = (await connection.RequestAsync(target, "")).Text;
        using JsonDocument after = JsonDocument.Parse((await connection.RequestAsync("$JS.API.INFO", "")).Text);
        after.RootElement.TryGetProperty("limits", out _).ShouldBeTrue();
        using JsonDocument told = JsonDocument.Parse(outcome);
        return told.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetRawText() : "restored";
    }

    // Entries as "sequence:name=body", E for none, divided by |; "end" for the mark at the end.
    private static byte[] Compress(string entries)
    {
        var content = new ArrayBufferWriter<byte>();
        content.Write(ArchiveFormat.Magic);
        foreach (string entry in entries.Split('|'))
        {
            string[] parts = entry.Split(':', 2);
            string[] named = parts[^1].Split('=', 2);
            byte[] body = Encoding.UTF8.GetBytes(named.Length > 1 ? named[1] : "");
            ulong sequence = parts[0] is "E" or "end" ? 0 : ulong.Parse(parts[0], CultureInfo.InvariantCulture);
            ArchiveFormat.WriteEntry(content, Encoding.UTF8.GetBytes(entry == "end" ? "" : named[0]), entry == "end" ? default : new ArchiveEntry(1_000, sequence, 0, body.Length));
            if (entry != "end") content.Write(body);
        }

        var target = new ArrayBufferWriter<byte>();
        S2Frames.Encode(content.WrittenSpan, target);
        return target.WrittenSpan.ToArray();
    }
}
