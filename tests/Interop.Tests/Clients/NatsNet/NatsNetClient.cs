using NATS.Client.Core;
using Shouldly;

namespace Interop.Tests;

/// <summary>Short forms of what the NATS.Net tests do again and again.</summary>
internal static class NatsNetClient
{
    /// <summary>Options for a server of ours: no long waits.</summary>
    public static NatsOpts OptionsFor(ServerProcess server) => new()
    {
        Url = server.Url,
        Name = "interop",
        ConnectTimeout = Eventually.Limit,
        CommandTimeout = Eventually.Limit,
        RequestTimeout = Eventually.Limit,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
        ReconnectWaitMax = TimeSpan.FromMilliseconds(50),
        SubPendingChannelCapacity = 200_000,
    };

    public static Task<NatsConnection> ConnectAsync(ServerProcess server) => ConnectAsync(OptionsFor(server));

    public static async Task<NatsConnection> ConnectAsync(NatsOpts options)
    {
        NatsConnection connection = new(options);
        try
        {
            await connection.ConnectAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Subscribes and waits until the server knows.</summary>
    public static async Task<INatsSub<T>> SubscribeNowAsync<T>(this NatsConnection connection, string subject, string? queueGroup = null, NatsSubOpts? opts = null)
    {
        INatsSub<T> subscription = await connection.SubscribeCoreAsync<T>(subject, queueGroup, opts: opts);
        await connection.PingAsync();
        return subscription;
    }

    public static async Task<NatsMsg<T>> NextAsync<T>(this INatsSub<T> subscription)
    {
        using CancellationTokenSource limit = new(Eventually.Limit);
        return await subscription.Msgs.ReadAsync(limit.Token);
    }

    public static async Task ShouldGetAsync(this INatsSub<string> subscription, params string[] texts)
    {
        foreach (string text in texts)
            (await subscription.NextAsync()).Data.ShouldBe(text);
    }

    /// <summary>Answers every request on a subject until the connection goes.</summary>
    public static async Task RespondAsync(this NatsConnection connection, string subject, Func<NatsMsg<string>, string> answer, string? queueGroup = null)
    {
        INatsSub<string> subscription = await connection.SubscribeNowAsync<string>(subject, queueGroup);
        _ = AnswerAsync();

        async Task AnswerAsync()
        {
            await foreach (NatsMsg<string> request in subscription.Msgs.ReadAllAsync())
                await request.ReplyAsync(answer(request), request.Headers);
        }
    }
}
