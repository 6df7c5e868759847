using Load.Wire;

namespace Load.Workers;

/// <summary>Opens a flow's connections and puts them into the state in which the flow begins.</summary>
internal sealed class FlowConnector(FlowShape shape, int port, byte[] buffer)
{
    private readonly nint _tlsContext = shape.Tls ? OpenSsl.CreateClientContext() : 0;

    /// <summary>All subscribers, each known to the server and expecting its group's message.</summary>
    internal FlowSubscriber[] OpenSubscribers()
    {
        FlowSubscriber[] subscribers = new FlowSubscriber[shape.Subscribers];
        for (int group = 0; group < shape.Groups; group++)
        {
            byte[] frame = shape.DeliverFrame(group);
            byte[] pattern = Pattern.Repeat(frame, buffer.Length);
            for (int i = 0; i < shape.SubscribersPerGroup; i++)
            {
                int index = group * shape.SubscribersPerGroup + i;
                subscribers[index] = new FlowSubscriber(shape.Publishers + index, group, OpenSubscriber(group, frame, pattern));
            }
        }
        return subscribers;
    }

    /// <summary>The publishers with index <paramref name="from"/> to <paramref name="to"/> (exclusive).</summary>
    internal FlowPublisher[] OpenPublishers(int from, int to)
    {
        FlowPublisher[] publishers = new FlowPublisher[to - from];
        for (int index = from; index < to; index++)
        {
            int group = index / shape.PublishersPerGroup;
            NatsConnection connection = NatsConnection.Open(port, buffer, _tlsContext);
            connection.SetNonBlocking();
            publishers[index - from] = new FlowPublisher(index, group, connection, shape.PublishFrame(group), shape.OneMessagePerWrite);
        }
        return publishers;
    }

    private NatsConnection OpenSubscriber(int group, byte[] frame, byte[] pattern)
    {
        NatsConnection connection = NatsConnection.Open(port, buffer, _tlsContext, shape.SubscriberUser);
        connection.Subscribe(shape.Subscription(group), "1");
        connection.Fence(buffer);
        connection.Stream.Expect(frame, pattern);
        connection.SetNonBlocking();
        return connection;
    }
}
