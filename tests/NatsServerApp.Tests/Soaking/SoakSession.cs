using System.Globalization;
using System.Text.Json;
using DotNats.Client;

namespace NatsServerApp.Tests.Soaking;

/// <summary>One connection to a server under a soak: everything goes over it, and what comes is looked at in the order in which it was sent.</summary>
internal sealed class SoakSession : IAsyncDisposable
{
    private const int MostOpen = 64;
    private const int MostAtOnce = 40;
    private const int MostKept = 64;

    private readonly NatsConnection _connection;
    private readonly NatsSubscription _inbox;
    private readonly Random _random;
    private readonly SoakedStream[] _streams;
    private readonly SoakedConsumer[] _consumers;
    private readonly Dictionary<string, Confirmation> _confirmations = [];
    private readonly List<(string Subject, SoakedConsumer Consumer)> _confirmed = [];
    private readonly HashSet<string> _repeated = [];
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
        await PublishOpenAsync();
        while (!ending.IsCancellationRequested)
        {
            foreach (SoakedStream stream in _streams)
            {
                for (int count = _random.Next(8); count > 0 && stream.OpenCount < MostOpen; count--) await PublishAsync(stream, stream.Next());
                if (_random.Next(50) == 0) await RepeatAsync(stream);
                if (_random.Next(500) == 0) await AskAsync(stream);
            }

            foreach (SoakedConsumer consumer in _consumers) await AskAsync(consumer);
            if (_random.Next(20) == 0) await ConfirmAgainAsync();
            await TakeAsync();
        }
    }

    /// <summary>Takes what is still to come: after that nobody asks for anything, and everybody who wanted to be told was.</summary>
    public async Task EndAsync(TimeSpan limit)
    {
        DateTime end = DateTime.UtcNow + limit;
        while (_consumers.Any(consumer => consumer.Wanted > 0) || _confirmations.Count > 0 || _repeated.Count > 0 || _streams.Any(stream => stream.OpenCount > 0))
        {
            if (DateTime.UtcNow > end)
                throw new TimeoutException($"not answered: {_confirmations.Count} acknowledgements, {_repeated.Count} repeated and {_streams.Sum(stream => stream.OpenCount)} messages, {string.Join(", ", _consumers.Where(consumer => consumer.Wanted > 0).Select(consumer => consumer.Name))}");
            await TakeAsync();
        }
    }

    /// <summary>Acknowledges everything that comes until nothing is left.</summary>
    public async Task SettleAsync(TimeSpan limit)
    {
        _isCalm = true;
        _settled.Clear();
        DateTime end = DateTime.UtcNow + limit;
        await PublishOpenAsync();
        while (_settled.Count < _consumers.Length || _streams.Any(stream => stream.OpenCount > 0))
        {
            if (DateTime.UtcNow > end) throw new TimeoutException($"not settled: {string.Join(", ", _consumers.Except(_settled).Select(consumer => consumer.Name))}, {_streams.Sum(stream => stream.OpenCount)} open");
            foreach (SoakedConsumer consumer in _consumers) await AskAsync(consumer);
            await TakeAsync();
        }

        foreach (SoakedConsumer consumer in _consumers) consumer.OnSettled();
        _isCalm = false;
    }

    public async ValueTask DisposeAsync() => await _inbox.DisposeAsync();

    private async Task PublishOpenAsync()
    {
        foreach (SoakedStream stream in _streams)
        {
            foreach (string id in stream.Open) await PublishAsync(stream, id);
        }
    }

    private ValueTask PublishAsync(SoakedStream stream, string id) =>
        _connection.PublishAsync(stream.SubjectOf(id), id, $"_S.pub.{stream.Name}.{id}", new NatsHeaders { ["Nats-Msg-Id"] = id });

    // What is there is not stored twice. What a work queue has no more, it may not know after a kill.
    private async Task RepeatAsync(SoakedStream stream)
    {
        if (!stream.IsComplete || stream.LatelyStored is not { } id) return;
        _repeated.Add(id);
        await PublishAsync(stream, id);
    }

    // An answer to what is settled already, which changes nothing.
    private async Task ConfirmAgainAsync()
    {
        if (_confirmed.Count == 0) return;
        (string subject, SoakedConsumer consumer) = _confirmed[_random.Next(_confirmed.Count)];
        string reply = NewReply();
        _confirmations[reply] = new Confirmation(consumer, subject, 0, IsTermination: false);
        await _connection.PublishAsync(subject, _random.Next(2) == 0 ? "+ACK" : "-NAK", reply);
    }

    private async Task AskAsync(SoakedStream stream)
    {
        SoakedConsumer[] consumers = [.. _consumers.Where(consumer => consumer.Stream == stream)];
        ulong settled = stream.IsComplete ? 0 : (ulong)consumers[0].Confirmed;
        await _connection.PublishAsync($"$JS.API.STREAM.INFO.{stream.Name}", "", string.Create(CultureInfo.InvariantCulture, $"_S.stream.{stream.Name}.{stream.Last}.{settled}"));
    }

    private async Task AskAsync(SoakedConsumer consumer)
    {
        if (consumer.Wanted <= 0)
        {
            consumer.Wanted = _random.Next(1, MostAtOnce);
            string request = string.Create(CultureInfo.InvariantCulture, $$"""{"batch":{{consumer.Wanted}},"expires":200000000}""");
            await _connection.PublishAsync($"$JS.API.CONSUMER.MSG.NEXT.{consumer.Stream.Name}.{consumer.Name}", request, $"_S.pull.{consumer.Stream.Name}.{consumer.Name}");
        }

        if (!consumer.IsAsked && (_isCalm || _random.Next(20) == 0))
            await _connection.PublishAsync($"$JS.API.CONSUMER.INFO.{consumer.Stream.Name}.{consumer.Name}", "", $"_S.info.{consumer.Stream.Name}.{consumer.Name}.{consumer.Ask()}");

        if (_isCalm || _random.Next(2000) != 0) return;
        string until = DateTime.UtcNow.AddMilliseconds(400).ToString("O", CultureInfo.InvariantCulture);
        await _connection.PublishAsync($"$JS.API.CONSUMER.PAUSE.{consumer.Stream.Name}.{consumer.Name}", $$"""{"pause_until":"{{until}}"}""", $"_S.pause.{consumer.Stream.Name}.{consumer.Name}");
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
        consumer.OnAcknowledged(sequence);
        return _connection.PublishAsync(ackSubject, "");
    }

    private ValueTask ConfirmAsync(SoakedConsumer consumer, string ackSubject, ulong sequence, string body)
    {
        consumer.OnAcknowledged(sequence);
        string reply = NewReply();
        _confirmations[reply] = new Confirmation(consumer, ackSubject, sequence, body[1] == 'T');
        return _connection.PublishAsync(ackSubject, body, reply);
    }

    private string NewReply() => string.Create(CultureInfo.InvariantCulture, $"_S.ack.{++_number}");

    private void OnAnswer(NatsMessage message)
    {
        string[] tokens = message.Subject.Split('.');
        switch (tokens[1])
        {
            case "ack":
                OnConfirmed(message.Subject);
                break;
            case "pub":
                _streams.First(stream => stream.Name == tokens[2]).OnStored(tokens[3], JsonDocument.Parse(message.Payload).RootElement);
                _repeated.Remove(tokens[3]);
                break;
            case "pull":
                // Whatever it says, the request has ended.
                Find(tokens[2], tokens[3]).Wanted = 0;
                break;
            case "info":
                SoakedConsumer asked = Find(tokens[2], tokens[3]);
                bool isSettled = asked.CheckInfo(JsonDocument.Parse(message.Payload).RootElement, Number(tokens[4]), (long)Number(tokens[5]));
                if (_isCalm && isSettled && asked.Stream.OpenCount == 0) _settled.Add(asked);
                break;
            case "stream":
                _streams.First(stream => stream.Name == tokens[2]).CheckState(
                    JsonDocument.Parse(message.Payload).RootElement.GetProperty("state"), Number(tokens[3]), Number(tokens[4]), _consumers.First(consumer => consumer.Stream.Name == tokens[2]).Acknowledged);
                break;
            case "pause":
                JsonElement paused = JsonDocument.Parse(message.Payload).RootElement;
                if (paused.GetProperty("paused").GetBoolean()) Find(tokens[2], tokens[3]).PausedUntil = paused.GetProperty("pause_until").GetDateTime().ToUniversalTime();
                break;
        }
    }

    private void OnConfirmed(string reply)
    {
        if (!_confirmations.Remove(reply, out Confirmation? confirmation)) throw new InvalidOperationException($"{reply} was confirmed twice");
        if (confirmation.Sequence == 0) return;
        confirmation.Consumer.OnConfirmed(confirmation.Sequence, confirmation.IsTermination);
        if (_confirmed.Count == MostKept) _confirmed.RemoveAt(0);
        _confirmed.Add((confirmation.Subject, confirmation.Consumer));
    }

    private SoakedConsumer Find(string stream, string name) => _consumers.First(consumer => consumer.Stream.Name == stream && consumer.Name == name);

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    /// <param name="Sequence">0 for one that was confirmed before.</param>
    private sealed record Confirmation(SoakedConsumer Consumer, string Subject, ulong Sequence, bool IsTermination);
}
