using DotNats.JetStream.Snapshots;
using DotNats.Server.InternalClients;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Snapshots;

/// <summary>What a restore holds of what somebody sends to it.</summary>
public sealed class ChunkReceiverTests
{
    private static readonly byte[] Headers = [.. "NATS/1.0\r\nA: "u8, .. new byte[100_000].Select(static _ => (byte)'x'), .. "\r\n\r\n"u8];

    [Fact]
    public async Task Headers_are_counted_with_what_waits()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        var waiting = new WaitingChunks();
        using ChunkReceiver chunks = Receive(server, waiting);
        Send(server, Headers, "chunk"u8).ShouldBeTrue();
        await Eventually.HoldsAsync(() => waiting.Bytes > Headers.Length + 5, "all of it waits");
        byte[] target = new byte[10];
        (await chunks.ReadAsync(target, TestContext.Current.CancellationToken)).ShouldBe(5);
        target.AsSpan(0, 5).SequenceEqual("chunk"u8).ShouldBeTrue();
        waiting.Bytes.ShouldBe(0);
        chunks.Received.ShouldBe(5);
    }

    [Fact]
    public async Task After_the_end_nobody_listens_and_nothing_more_waits()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        var waiting = new WaitingChunks();
        using ChunkReceiver chunks = Receive(server, waiting);
        Send(server, default, "chunk"u8).ShouldBeTrue();
        Send(server, Headers, default).ShouldBeTrue();
        await Eventually.HoldsAsync(() => !Send(server, Headers, default), "unsubscribed, though nothing was read");
        await Eventually.HoldsAsync(() => waiting.Bytes < 2 * Headers.Length, "one end waits at most");
        await chunks.DrainAsync(TestContext.Current.CancellationToken);
        (chunks.HasEnded, chunks.Received, waiting.Bytes).ShouldBe((true, 5, 0));
        chunks.EndReply.ShouldBe("reply"u8.ToArray());
    }

    [Fact]
    public async Task What_nobody_read_waits_no_longer_than_the_restore()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        var waiting = new WaitingChunks();
        using ChunkReceiver chunks = Receive(server, waiting);
        Send(server, Headers, "chunk"u8);
        Send(server, Headers, default);
        await Eventually.HoldsAsync(() => waiting.Bytes > 2 * Headers.Length, "both wait");
        chunks.Dispose();
        waiting.Bytes.ShouldBe(0);
    }

    private static ChunkReceiver Receive(StreamServer server, WaitingChunks waiting) => new(server.Core, server.Core.Accounts.Global, waiting, "chunks", "restore");

    private static bool Send(StreamServer server, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        InternalPublisher.Publish(server.Core, server.Core.Accounts.Global, "chunks"u8, "reply"u8, headers, payload);
}
