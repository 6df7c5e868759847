using DotNats.Storage;

namespace DotNats.JetStream.Accounts;

/// <summary>A stream that this server keeps as it found it: it asks for something that only a newer server has.</summary>
/// <param name="Directory">Where it is kept.</param>
internal sealed record InertStream(string Name, StreamConfig Config, string Reason, StreamDirectory Directory);
