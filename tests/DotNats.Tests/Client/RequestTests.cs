using DotNats.Client;
using DotNats.Tests.Harness;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Client;

public abstract class RequestTests(SocketTransport transport) : IAsyncLifetime
{
    private NatsServer _server = null!;
    private NatsConnection _nats = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await transport.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });
        _nats = await NatsConnection.ConnectAsync(_server.ConnectInProcess());
    }

    public async ValueTask DisposeAsync()
    {
        await _nats.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_request_gets_its_own_answer()
    {
        Task serving = ServeAsync(_nats.Subscribe("double"), async request => await request.RespondAsync($"{int.Parse(request.Text) * 2}"));
        Task<NatsMessage>[] asking = [.. Enumerable.Range(0, 500).Select(i => _nats.RequestAsync("double", $"{i}"))];

        NatsMessage[] answers = await Eventually.ComesAsync(Task.WhenAll(asking));
        answers.Select(answer => answer.Text).ShouldBe(Enumerable.Range(0, 500).Select(i => $"{i * 2}"));
        await _nats.DisposeAsync();
        await serving;
    }

    [Fact]
    public async Task Without_anybody_listening_a_request_fails_at_once()
    {
        var failure = await Should.ThrowAsync<NatsNoRespondersException>(_nats.RequestAsync("nobody.home", "?"));

        failure.Subject.ShouldBe("nobody.home");
    }

    [Fact]
    public async Task An_answer_that_never_comes_times_out()
    {
        await using NatsSubscription mute = _nats.Subscribe("mute");

        await Should.ThrowAsync<TimeoutException>(_nats.RequestAsync("mute", "?", timeout: TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task A_request_can_be_cancelled()
    {
        await using NatsSubscription mute = _nats.Subscribe("mute");
        using var cancel = new CancellationTokenSource();
        Task<NatsMessage> asking = _nats.RequestAsync("mute", "?", cancellationToken: cancel.Token);
        await mute.NextAsync();
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(asking);
    }

    [Fact]
    public async Task Late_answers_disturb_nobody()
    {
        await using NatsSubscription slow = _nats.Subscribe("slow");
        await Should.ThrowAsync<TimeoutException>(_nats.RequestAsync("slow", "first", timeout: TimeSpan.FromMilliseconds(20)));
        Task<NatsMessage> second = _nats.RequestAsync("slow", "second");
        NatsMessage late = await slow.NextAsync(), current = await slow.NextAsync();
        await late.RespondAsync("too late");
        await current.RespondAsync("in time");

        (await Eventually.ComesAsync(second)).Text.ShouldBe("in time");
    }

    [Fact]
    public async Task A_lost_connection_fails_the_request()
    {
        await using NatsSubscription mute = _nats.Subscribe("mute");
        Task<NatsMessage> asking = _nats.RequestAsync("mute", "?");
        await mute.NextAsync();
        await _server.DisposeAsync();

        await Should.ThrowAsync<NatsConnectionClosedException>(Eventually.ComesAsync(asking));
    }

    [Fact]
    public async Task Answers_carry_headers()
    {
        Task serving = ServeAsync(_nats.Subscribe("h"), async request => await request.RespondAsync("", new NatsHeaders { { "Kind", request.Headers!["Kind"]! } }));
        NatsMessage answer = await _nats.RequestAsync("h", "", headers: new NatsHeaders { { "Kind", "echo" } });

        answer.Headers!["Kind"].ShouldBe("echo");
        await _nats.DisposeAsync();
        await serving;
    }

    [Fact]
    public async Task A_message_that_asks_for_nothing_cannot_be_answered()
    {
        NatsSubscription subscription = _nats.Subscribe("a");
        await _nats.PublishAsync("a", "");
        NatsMessage message = await subscription.NextAsync();

        Should.Throw<InvalidOperationException>(() => message.RespondAsync("?").AsTask());
    }

    private static async Task ServeAsync(NatsSubscription subscription, Func<NatsMessage, Task> answer)
    {
        await foreach (NatsMessage request in subscription) await answer(request);
    }
}

public sealed class RequestTestsOverLoops() : RequestTests(SocketTransport.Loops);

public sealed class RequestTestsOverStreams() : RequestTests(SocketTransport.Streams);
