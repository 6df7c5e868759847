using NATS.Client.Core;
using Shouldly;
using Xunit;
using static Interop.Tests.NatsNetClient;

namespace Interop.Tests;

/// <summary>NATS.Net: request and reply.</summary>
public sealed class NatsNetRequestTests
{
    [Fact]
    public async Task Request_gets_the_reply()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection service = await ConnectAsync(server);
        await using NatsConnection caller = await ConnectAsync(server);
        await service.RespondAsync("upper", request => request.Data!.ToUpperInvariant());
        (await caller.RequestAsync<string, string>("upper", "hello")).Data.ShouldBe("HELLO");
    }

    [Theory]
    [InlineData(NatsRequestReplyMode.SharedInbox)]
    [InlineData(NatsRequestReplyMode.Direct)]
    public async Task Concurrent_requests_get_their_own_replies(NatsRequestReplyMode mode)
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection service = await ConnectAsync(server);
        await using NatsConnection caller = await ConnectAsync(OptionsFor(server) with { RequestReplyMode = mode });
        await service.RespondAsync("echo", request => request.Data!);
        string[] sent = [.. Enumerable.Range(0, 200).Select(i => $"{i}")];
        NatsMsg<string>[] replies = await Task.WhenAll(sent.Select(text => caller.RequestAsync<string, string>("echo", text).AsTask()));
        replies.Select(reply => reply.Data).ShouldBe(sent);
    }

    [Fact]
    public async Task Request_many_collects_all_replies()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection service = await ConnectAsync(server);
        await using NatsConnection caller = await ConnectAsync(server);
        foreach (string answer in new[] { "0", "1", "2" })
            await service.RespondAsync("roll", _ => answer);
        List<string?> answers = await caller.RequestManyAsync<string, string>("roll", "", replyOpts: new NatsSubOpts { MaxMsgs = 3 })
            .Select(reply => reply.Data).ToListAsync();
        answers.Order().ShouldBe(["0", "1", "2"]);
    }

    [Fact]
    public async Task Request_without_responders_fails_at_once()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await Should.ThrowAsync<NatsNoRespondersException>(async () => await nats.RequestAsync<string, string>("nobody", ""));
    }

    [Fact]
    public async Task No_responders_status_names_the_subject()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSub<string> inbox = await nats.SubscribeNowAsync<string>("inbox");
        await nats.PublishAsync("nobody.here", "x", replyTo: "inbox");
        NatsMsg<string> status = await inbox.NextAsync();
        status.HasNoResponders.ShouldBeTrue();
        status.Headers.ShouldNotBeNull().Code.ShouldBe(503);
        status.Headers["Nats-Subject"].ToString().ShouldBe("nobody.here");
    }

    [Fact]
    public async Task Request_that_nobody_answers_times_out()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSub<string> silent = await nats.SubscribeNowAsync<string>("silent");
        NatsSubOpts impatient = new() { Timeout = TimeSpan.FromMilliseconds(200) };
        await Should.ThrowAsync<NatsNoReplyException>(async () => await nats.RequestAsync<string, string>("silent", "", replyOpts: impatient));
    }

    [Fact]
    public async Task Reply_carries_headers()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection service = await ConnectAsync(server);
        await using NatsConnection caller = await ConnectAsync(server);
        await service.RespondAsync("h", _ => "ok");
        NatsMsg<string> reply = await caller.RequestAsync<string, string>("h", "", new NatsHeaders { ["Ask"] = "42" });
        reply.Headers.ShouldNotBeNull()["Ask"].ToString().ShouldBe("42");
    }

    [Fact]
    public async Task Queue_group_answers_a_request_once()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection service = await ConnectAsync(server);
        await using NatsConnection caller = await ConnectAsync(server);
        int answered = 0;
        for (int i = 0; i < 3; i++)
            await service.RespondAsync("svc", _ => $"{Interlocked.Increment(ref answered)}", "svc");
        for (int i = 0; i < 30; i++)
            await caller.RequestAsync<string, string>("svc", "");
        await service.PingAsync();
        answered.ShouldBe(30);
    }
}
