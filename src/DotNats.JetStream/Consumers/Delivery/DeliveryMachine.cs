using DotNats.Server;

namespace DotNats.JetStream.Consumers;

/// <summary>What acknowledgements, requests and messages do to a consumer.</summary>
// Owner: the consumer's runner; Config is a snapshot that anyone reads.
internal sealed class DeliveryMachine
{
    private readonly ServerCore _server;
    private readonly LiveConsumer _consumer;
    private readonly Action<LiveConsumer> _onInactive;
    private volatile ConsumerConfig _config;

    public DeliveryMachine(ServerCore server, LiveConsumer consumer, ConsumerConfig config, Action<LiveConsumer> onInactive)
    {
        _server = server;
        _consumer = consumer;
        _onInactive = onInactive;
        _config = config;
    }

    public ConsumerConfig Config => _config;

    public ConsumerSnapshot Describe() => new() { Config = _config, Delivered = default, AckFloor = default };

    public void Update(ConsumerConfig config) => _config = config;

    public bool Unpin(string group) => _config.PriorityGroups.Contains(group);

    public ResetOutcome Reset(ulong sequence) => new(sequence, null);
}
