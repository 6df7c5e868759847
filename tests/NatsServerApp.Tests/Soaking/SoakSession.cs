using System.Globalization;
using System.Text.Json;
using DotNats.Client;

namespace NatsServerApp.Tests.Soaking;

/// <summary>One connection to a server under a soak: everything goes over it, and what comes is looked at in the order in which it was sent.</summary>
internal sealed class SoakSession : IAsyncDisposable
{
    private const int MostOpen = 64;
    private const int MostAtOnce = 40;

    private readonly NatsConnection _connection;
    private readonly NatsSubscription _inbox;
    private readonly Random _random;
    private readonly SoakedStream[] _streams;
    private readonly SoakedConsumer[] _consumers;
    private readonly Dictionary<string, (SoakedConsumer Consumer, ulong Sequence, bool IsTermination)> _confirmations = [];
    private readonly HashSet<SoakedConsumer> _settled = [];
    private bool _isCalm;
    private int _number;

    public SoakSession(NatsConnection connection, Random random, SoakedStream[] streams, SoakedConsumer[] consumers)
    {
        (_connection, _random, _streams, _consumers) = (connection, random, streams, consumers);
        _inbox = connection.Subscribe("_S.>", new NatsSubscriptionOptions { QueueCapacity = 1 << 20 });
    }

    /// <summary>Publishes, asks, acknowledges and misbehaves until it is ended, or the server is gone.</summary>
    public async Task RunAsync(CancellationToken ending)
    {
        foreach (SoakedStream stream in _streams)
        {
            foreach (string id in stream.Open) await PublishAsync(stream, id);
        }

        while (!ending.IsCancellationRequested)
        {
            foreach (SoakedStream stream in _streams)
            {
                for (int count = _random.Next(8); count > 0 && stream.Open.Count < MostOpen; count--) await PublishAsync(stream, stream.Next());
            }

            foreach (SoakedConsumer consumer in _consumers) await AskAsync(consumer);
            await TakeAsync();
        }
    }

    /// <summary>Acknowledges everything that comes until nothing is left.</summary>
    public async Task SettleAsync(TimeSpan limit)
    {
        _isCalm = true;
        DateTime end = DateTime.UtcNow + limit;
        foreach (SoakedStream stream in _streams)
        {
            foreach (string id in stream.Open) await PublishAsync(stream, id);
        }

        while (_settled.Count < _consumers.Length || _streams.Any(stream => stream.Open.Count > 0))
        {
            if (DateTime.UtcNow > end) throw new TimeoutException($"not settled: {string.Join(", ", _consumers.Except(_settled).Select(consumer => consumer.Name))}, {_streams.Sum(stream => stream.Open.Count)} open");
            foreach (SoakedConsumer consumer in _consumers) await AskAsync(consumer);
            await TakeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await _inbox.DisposeAsync();

    private ValueTask PublishAsync(SoakedStream stream, string id) => _connection.PublishAsync(
        $"{stream.Name}.{_random.Next(9)}", id, $"_S.pub.{stream.Name}.{id}", new NatsHeaders { ["Nats-Msg-Id"] = id });

    private async Task AskAsync(SoakedConsumer consumer)
    {
        if (consumer.Wanted <= 0)
        {
            consumer.Wanted = _random.Next(1, MostAtOnce);
            string request = string.Create(CultureInfo.InvariantCulture, $$"""{"batch":{{consumer.Wanted}},"expires":200000000}""");
            await _connection.PublishAsync($"$JS.API.CONSUMER.MSG.NEXT.{consumer.Stream}.{consumer.Name}", request, $"_S.pull.{consumer.Stream}.{consumer.Name}");
        }

        if (_isCalm || _random.Next(50) == 0)
        {
            // What is acknowledged by now is counted in the answer.
            ulong stored = _streams.First(stream => stream.Name == consumer.Stream).Acknowledged;
            await _connection.PublishAsync($"$JS.API.CONSUMER.INFO.{consumer.Stream}.{consumer.Name}", "", string.Create(CultureInfo.InvariantCulture, $"_S.info.{consumer.Stream}.{consumer.Name}.{stored}"));
        }

        if (_isCalm || _random.Next(2000) != 0) return;
        string until = DateTime.UtcNow.AddMilliseconds(400).ToString("O", CultureInfo.InvariantCulture);
        await _connection.PublishAsync($"$JS.API.CONSUMER.PAUSE.{consumer.Stream}.{consumer.Name}", $$"""{"pause_until":"{{until}}"}""", $"_S.pause.{consumer.Stream}.{consumer.Name}");
    }

    // After the answer to a ping everything sent before it is here.
    private async Task TakeAsync()
    {
        await _connection.PingAsync();
        bool isIdle = true;
        while (_inbox.TryRead(out NatsMessage message))
        {
            isIdle = false;
            if (message.Reply is { } reply && reply.StartsWith("$JS.ACK.", StringComparison.Ordinal)) await OnMessageAsync(reply);
            else OnAnswer(message);
        }

        if (isIdle) await Task.Yield();
    }

    private async Task OnMessageAsync(string ackSubject)
    {
        string[] tokens = ackSubject.Split('.');
        SoakedConsumer consumer = Find(tokens[2], tokens[3]);
        ulong sequence = Number(tokens[5]);
        consumer.OnDelivered(sequence, Number(tokens[6]), Number(tokens[4]));
        if (_isCalm)
        {
            await ConfirmAsync(consumer, ackSubject, sequence, "+ACK");
            return;
        }

        int choice = _random.Next(100);
        if (choice < consumer.Carelessness) return;
        choice = _random.Next(100);
        if (choice < 55) await ConfirmAsync(consumer, ackSubject, sequence, "+ACK");
        else if (choice < 75) await AcknowledgeAsync(consumer, ackSubject, sequence);
        else if (choice < 83) await _connection.PublishAsync(ackSubject, "-NAK");
        else if (choice < 90) await _connection.PublishAsync(ackSubject, $$"""-NAK {"delay":{{_random.Next(300_000_000)}}}""");
        else if (choice < 95) await _connection.PublishAsync(ackSubject, "+WPI");
        else await ConfirmAsync(consumer, ackSubject, sequence, "+TERM enough");
    }

    private ValueTask AcknowledgeAsync(SoakedConsumer consumer, string ackSubject, ulong sequence)
    {
        consumer.Acknowledged.Add(sequence);
        return _connection.PublishAsync(ackSubject, "");
    }

    private ValueTask ConfirmAsync(SoakedConsumer consumer, string ackSubject, ulong sequence, string body)
    {
        consumer.Acknowledged.Add(sequence);
        string reply = string.Create(CultureInfo.InvariantCulture, $"_S.ack.{++_number}");
        _confirmations[reply] = (consumer, sequence, body[1] == 'T');
        return _connection.PublishAsync(ackSubject, body, reply);
    }

    private void OnAnswer(NatsMessage message)
    {
        string[] tokens = message.Subject.Split('.');
        switch (tokens[1])
        {
            case "ack":
                if (!_confirmations.Remove(message.Subject, out var confirmed)) throw new InvalidOperationException($"{message.Subject} was confirmed twice");
                confirmed.Consumer.OnConfirmed(confirmed.Sequence, confirmed.IsTermination);
                break;
            case "pub":
                JsonElement stored = JsonDocument.Parse(message.Payload).RootElement;
                if (stored.TryGetProperty("error", out JsonElement error)) throw new InvalidOperationException($"{tokens[3]} was refused: {error}");
                _streams.First(stream => stream.Name == tokens[2]).OnStored(tokens[3], stored.GetProperty("seq").GetUInt64());
                break;
            case "pull":
                // Whatever it says, the request has ended.
                Find(tokens[2], tokens[3]).Wanted = 0;
                break;
            case "info":
                OnInfo(Find(tokens[2], tokens[3]), Number(tokens[4]), JsonDocument.Parse(message.Payload).RootElement);
                break;
            case "pause":
                JsonElement paused = JsonDocument.Parse(message.Payload).RootElement;
                if (paused.GetProperty("paused").GetBoolean()) Find(tokens[2], tokens[3]).PausedUntil = paused.GetProperty("pause_until").GetDateTime().ToUniversalTime();
                break;
        }
    }

    private void OnInfo(SoakedConsumer consumer, ulong stored, JsonElement info)
    {
        SoakedStream stream = _streams.First(one => one.Name == consumer.Stream);
        bool isSettled = consumer.CheckInfo(info, stored, stream.Sent, stream.IsComplete);
        if (_isCalm && isSettled && stream.Open.Count == 0) _settled.Add(consumer);
    }

    private SoakedConsumer Find(string stream, string name) => _consumers.First(consumer => consumer.Stream == stream && consumer.Name == name);

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
