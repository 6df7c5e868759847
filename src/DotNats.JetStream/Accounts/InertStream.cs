using DotNats.Storage;

namespace DotNats.JetStream.Accounts;

/// <summary>A stream that this server keeps as it found it: it asks for something that only a newer server has.</summary>
/// <param name="Directory">Where it is kept.</param>
/// <param name="Consumers">Those of its consumers that ask for such a thing.</param>
internal sealed record InertStream(string Name, StreamConfig Config, string Reason, StreamDirectory Directory, IReadOnlyList<InertConsumer> Consumers)
{
    public InertConsumer? Find(string consumer) => Consumers.FirstOrDefault(inert => inert.Name == consumer);
}

/// <summary>A consumer that this server keeps as it found it, and its stream with it.</summary>
internal sealed record InertConsumer(string Name, string Reason);
