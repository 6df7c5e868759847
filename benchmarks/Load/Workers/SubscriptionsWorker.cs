using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>Makes very many subscriptions and measures what matching a subject nobody has used before costs.</summary>
// Commands: `load n` subscribes n subjects, evenly over four connections; `match batches` publishes batches to random and to one
// known subject in turn, and answers the median time to the PONG behind each kind: `cold= hot=` nanoseconds per message.
internal sealed class SubscriptionsWorker : CommandWorker
{
    // Enough that the time of a round trip, which both kinds share, drowns in the matches.
    private const int MessagesPerBatch = 64;
    private const int Seed = 20250131;

    private readonly NatsConnection[] _subscribers = new NatsConnection[SubscriptionShape.Connections];
    private readonly NatsConnection _publisher;
    private readonly Random _random = new(Seed);
    private int _subscriptions;

    internal SubscriptionsWorker(WorkerArguments arguments)
    {
        int port = arguments.Integer("port");
        for (int i = 0; i < _subscribers.Length; i++) _subscribers[i] = NatsConnection.Open(port, Buffer);
        _publisher = NatsConnection.Open(port, Buffer);
    }

    protected override void Obey(string command, long number)
    {
        if (command == "load")
        {
            Load((int)number);
            ControlPipe.Answer(("subscriptions", _subscriptions));
            return;
        }
        LatencySamples cold = new();
        LatencySamples hot = new();
        for (long i = 0; i < number; i++)
        {
            int connection = (int)(i % _subscribers.Length);
            cold.Add(TimeBatch(connection, _ => RandomIndex(connection)));
            hot.Add(TimeBatch(connection, _ => connection));
        }
        ControlPipe.Answer(("cold", cold.QuantileNanoseconds(0.5) / MessagesPerBatch),
            ("hot", hot.QuantileNanoseconds(0.5) / MessagesPerBatch));
    }

    private void Load(int count)
    {
        StringBuilder[] batches = [.. _subscribers.Select(_ => new StringBuilder())];
        for (int index = 0; index < count; index++)
        {
            int connection = index % _subscribers.Length;
            StringBuilder batch = batches[connection];
            batch.Append("SUB ").Append(SubscriptionShape.Filter(index)).Append(' ').Append(SubscriptionShape.Sid(index)).Append("\r\n");
            if (batch.Length < 32 * 1024) continue;
            SendAndClear(connection, batch);
        }
        for (int i = 0; i < _subscribers.Length; i++) SendAndClear(i, batches[i]);
        foreach (NatsConnection subscriber in _subscribers) subscriber.Fence(Buffer);
        _subscriptions = count;
    }

    private void SendAndClear(int connection, StringBuilder batch)
    {
        _subscribers[connection].Channel.SendAll(Encoding.ASCII.GetBytes(batch.ToString()));
        batch.Clear();
    }

    // Subscription i belongs to connection i modulo the number of connections.
    private int RandomIndex(int connection) => _random.Next(_subscriptions / _subscribers.Length) * _subscribers.Length + connection;

    private long TimeBatch(int connection, Func<int, int> choose)
    {
        List<byte> publish = [];
        List<byte> deliver = [];
        for (int i = 0; i < MessagesPerBatch; i++)
        {
            int index = choose(i);
            string subject = SubscriptionShape.Subject(index);
            publish.AddRange(Pattern.Publish(subject, SubscriptionShape.PayloadBytes));
            deliver.AddRange(Pattern.Deliver(subject, SubscriptionShape.Sid(index), SubscriptionShape.PayloadBytes));
        }
        publish.AddRange("PING\r\n"u8);
        byte[] bytes = [.. publish];
        byte[] expected = [.. deliver];
        NatsConnection subscriber = _subscribers[connection];
        subscriber.Stream.Expect(expected, expected);
        long pong = _publisher.Stream.Pongs + 1;
        long begin = Now;
        _publisher.Channel.SendAll(bytes);
        _publisher.AwaitPong(pong, Buffer);
        long taken = Now - begin;
        while (subscriber.Stream.Frames == 0) subscriber.ReceiveBlocking(Buffer);
        return taken;
    }

    public override void Dispose()
    {
        _publisher.Dispose();
        foreach (NatsConnection subscriber in _subscribers) subscriber.Dispose();
    }
}
