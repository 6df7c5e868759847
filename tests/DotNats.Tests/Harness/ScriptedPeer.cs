using System.Text;
using DotNats.Client;
using DotNats.Server.Transport.Streams;
using Shouldly;

namespace DotNats.Tests.Harness;

/// <summary>A server played by the test: it says and hears exactly what is written here.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    public const string Info = """INFO {"server_id":"N1","server_name":"scripted","version":"2.15.1","proto":1,"headers":true,"max_payload":1048576,"future":[{"a":1}]}""";

    private readonly Stream _stream;
    private readonly StreamReader _reader;

    public ScriptedPeer()
    {
        (_stream, ClientEnd) = DuplexPipeStream.CreatePair();
        _reader = new StreamReader(_stream, Encoding.Latin1);
    }

    public Stream ClientEnd { get; }

    /// <summary>A peer and a connection past CONNECT.</summary>
    public static async Task<(ScriptedPeer Peer, NatsConnection Connection)> ConnectAsync(NatsConnectionOptions? options = null)
    {
        var peer = new ScriptedPeer();
        peer.Say(Info);
        Task<NatsConnection> connecting = NatsConnection.ConnectAsync(peer.ClientEnd, options);
        (await peer.HearAsync()).ShouldStartWith("CONNECT {");
        await peer.HearAsync("PING");
        peer.Say("PONG");
        return (peer, await Eventually.ComesAsync(connecting));
    }

    public void Say(string line) => SayRaw(line + "\r\n");

    public void SayRaw(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        _stream.Write(bytes, 0, bytes.Length);
    }

    public async Task<string?> HearAsync() => await Eventually.ComesAsync(_reader.ReadLineAsync());

    public async Task HearAsync(string line) => (await HearAsync()).ShouldBe(line);

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
