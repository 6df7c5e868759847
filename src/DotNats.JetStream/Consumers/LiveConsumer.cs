using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Server;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>A consumer that runs: its configuration, its state, and the runner that all changes and deliveries go through.</summary>
// Owner: its stream's consumers. Config is a snapshot, replaced by the runner alone; anyone reads it.
// Lifetime: from StartAsync to StopAsync; whoever deletes the consumer deletes what it kept after that.
internal sealed class LiveConsumer
{
    private readonly ConsumerRunner _runner;

    /// <param name="directory">Where its state is kept; null for one in memory. Its meta file is the business of whoever creates it.</param>
    /// <param name="onInactive">Called once, on any thread and with nothing held, when nobody used it for longer than its inactive threshold.</param>
    public LiveConsumer(ServerCore server, LiveStream stream, ConsumerMeta meta, ConsumerDirectory? directory, Action<LiveConsumer> onInactive)
    {
        Stream = stream;
        Name = meta.Name;
        Created = meta.Created;
        Directory = directory;
        _runner = new ConsumerRunner(server, new DeliveryMachine(server, this, meta.Config, onInactive));
    }

    public LiveStream Stream { get; }

    public string Name { get; }

    public GoTime Created { get; }

    public ConsumerDirectory? Directory { get; }

    /// <summary>As it is in force.</summary>
    public ConsumerConfig Config => _runner.Machine.Config;

    /// <summary>Finds its place in the stream, takes requests and acknowledgements and delivers from now on.</summary>
    /// <exception cref="IOException">What it kept cannot be read, or its beginning cannot be kept.</exception>
    /// <exception cref="StreamGoneException">The stream has ended.</exception>
    public Task StartAsync() => _runner.StartAsync();

    /// <summary>Takes and delivers nothing any more, tells who waits, and keeps where it was unless it is deleted.</summary>
    public Task StopAsync(ConsumerEnd end) => _runner.StopAsync(end);

    /// <summary>Where it is, after everything that was asked of it before.</summary>
    /// <exception cref="ConsumerGoneException">It has ended.</exception>
    public Task<ConsumerSnapshot> DescribeAsync() => _runner.RunAsync(new DescribeCommand());

    /// <summary>Puts another configuration in force, which has been judged and kept; pausing and going on are such a change.</summary>
    /// <exception cref="ConsumerGoneException">It has ended.</exception>
    public Task UpdateAsync(ConsumerConfig config) => _runner.RunAsync(new UpdateCommand(config));

    /// <summary>Lets another client be the one that gets a group's messages; false where the consumer has no such group.</summary>
    /// <exception cref="ConsumerGoneException">It has ended.</exception>
    public Task<bool> UnpinAsync(string group) => _runner.RunAsync(new UnpinCommand(group));

    /// <summary>Begins again at a stream sequence.</summary>
    /// <param name="sequence">0 for the one behind the acknowledgement floor.</param>
    /// <exception cref="ConsumerGoneException">It has ended.</exception>
    public Task<ResetOutcome> ResetAsync(ulong sequence) => _runner.RunAsync(new ResetCommand(sequence));

    /// <summary>There may be something to deliver. Any thread.</summary>
    public void Wake() => _runner.Wake();
}
